package ioengine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// kernelTree makes the files of a root that Drop writes to.
func kernelTree(t *testing.T, names ...string) string {
	t.Helper()
	tree := map[string][]byte{}
	for _, name := range names {
		tree[name] = nil
	}
	return folder(t, tree)
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDropAll(t *testing.T) {
	locks := []string{
		"sys/fs/lustre/ldlm/namespaces/MGC10.0.0.1@tcp/lru_size",
		"sys/fs/lustre/ldlm/namespaces/scratch-OST0000-osc-ffff8881/lru_size",
		"proc/fs/lustre/ldlm/namespaces/scratch-MDT0000-mdc-ffff8881/lru_size",
	}
	untouched := []string{"sys/fs/lustre/ldlm/namespaces/scratch-OST0000-osc-ffff8881/lru_max_age", "sys/fs/lustre/osc/x/lru_size"}
	root := kernelTree(t, slices.Concat(locks, untouched, []string{
		"proc/sys/vm/drop_caches", "sys/fs/lustre/ldlm/namespaces/has-no-lru/pool", "sys/fs/lustre/ldlm/namespaces/a-file",
	})...)
	r, err := Drop(t.Context(), root, "/no/such/folder", []string{"a", "b"}) // files aren't touched
	if err != nil || r.Way != DropAll || r.LustreLocks != len(locks) {
		t.Errorf("Drop = %+v, %v, want %s and %d locks", r, err, DropAll, len(locks))
	}
	if got := contentOf(t, filepath.Join(root, "proc/sys/vm/drop_caches")); got != "3\n" {
		t.Errorf("drop_caches got %q, want 3", got)
	}
	for _, name := range locks {
		if got := contentOf(t, filepath.Join(root, name)); got != "clear" {
			t.Errorf("%s got %q, want clear", name, got)
		}
	}
	for _, name := range untouched {
		if got := contentOf(t, filepath.Join(root, name)); got != "" {
			t.Errorf("%s got %q", name, got)
		}
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "a-file") { // not a folder: ENOTDIR
		t.Errorf("warnings %q, want one about what could not be cleared", r.Warnings)
	}
}

// Where the kernel's file is missing or refuses, each file's pages go, modified ones too.
func TestDropByFile(t *testing.T) {
	dir := diskFolder(t)
	for _, root := range []string{
		kernelTree(t), // no drop_caches, as in a test's root
		kernelTree(t, "proc/sys/vm/drop_caches/is-a-folder", "proc/fs/lustre/ldlm/namespaces/ns/lru_size/is-a-folder"), // refused
	} {
		var names []string
		for _, name := range []string{"a", "train/b", "c", "empty"} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			size := 50_000
			if name == "empty" {
				size = 0
			}
			if err := os.WriteFile(path, pattern(name, size), 0o644); err != nil { // not synced
				t.Fatal(err)
			}
			names = append(names, name)
		}
		if hot, err := Residency(t.Context(), dir, names, ResidencyOptions{}); err != nil || hot != 1 {
			t.Fatalf("before: %v of the files is cached, %v", hot, err)
		}
		r, err := Drop(t.Context(), root, dir, names)
		if err != nil || r.Way != DropByFile || r.LustreLocks != 0 {
			t.Errorf("Drop = %+v, %v, want %s", r, err, DropByFile)
		}
		if cold, err := Residency(t.Context(), dir, names, ResidencyOptions{}); err != nil || cold != 0 {
			t.Errorf("after: %v of the files is cached, %v", cold, err)
		}
		text := strings.Join(r.Warnings, "\n")
		if !strings.Contains(text, "only these files' pages were dropped") || !strings.Contains(text, "drop_caches") {
			t.Errorf("warnings %q don't say why not all caches were dropped", r.Warnings)
		}
		lustre := strings.Contains(text, "pages under Lustre locks may stay cached") && strings.Contains(text, "lru_size")
		if _, err := os.Stat(filepath.Join(root, "proc/fs")); lustre != (err == nil) {
			t.Errorf("warnings %q: about Lustre is %v", r.Warnings, lustre)
		}
	}
}

func TestDropErrors(t *testing.T) {
	root, dir := kernelTree(t), folder(t, map[string][]byte{"a": []byte("a")})
	_, err := Drop(t.Context(), root, dir, []string{"a", "missing"})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, "missing")) {
		t.Errorf("Drop of a missing file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root = kernelTree(t, "proc/sys/vm/drop_caches")
	if r, err := Drop(ctx, root, dir, []string{"a"}); !errors.Is(err, context.Canceled) || r.Way != "" {
		t.Errorf("Drop when canceled = %+v, %v", r, err)
	}
	if got := contentOf(t, filepath.Join(root, "proc/sys/vm/drop_caches")); got != "" {
		t.Errorf("a canceled Drop wrote %q", got)
	}
}

// A file that never opens, as on a dead server: a pipe without a writer.
func TestHangsAreLeftBehind(t *testing.T) {
	dir := folder(t, map[string][]byte{"a": []byte("a")})
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() { // lets the goroutines left behind end
		fd, err := unix.Open(pipe, unix.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
	}()
	for name, do := range map[string]func(context.Context) error{
		"Residency": func(ctx context.Context) error {
			_, err := Residency(ctx, dir, []string{"a", "pipe"}, ResidencyOptions{})
			return err
		},
		"Drop": func(ctx context.Context) error {
			_, err := Drop(ctx, kernelTree(t), dir, []string{"pipe", "a"})
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := do(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s of a file that hangs = %v, want the deadline", name, err)
		}
		cancel()
	}
}

func TestLeaving(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	err := leaving(ctx, func() error {
		cancel()
		<-never
		return nil
	})
	if err != context.Canceled {
		t.Errorf("leaving a call that hangs = %v", err)
	}
	want := errors.New("its own")
	if err := leaving(t.Context(), func() error { return want }); err != want {
		t.Errorf("leaving = %v, want the call's error", err)
	}
}
