package ioengine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallSet makes files of 16 pages that were just written.
func smallSet(t *testing.T, dir string, count int) []string {
	t.Helper()
	var names []string
	for i := range count {
		name := fmt.Sprint("f", i)
		if err := os.WriteFile(filepath.Join(dir, name), pattern(name, 16*unix.Getpagesize()), 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestResidentPages(t *testing.T) {
	dir := diskFolder(t)
	names := smallSet(t, dir, 20)
	for i, name := range names {
		pages := 0
		if i == 13 {
			pages = 1
		}
		f := mustOpen(t, NewPosix(dir), name)
		cacheOnly(t, f, pages*unix.Getpagesize())
		mustClose(t, f)
	}
	for way, o := range ways() {
		for _, c := range []struct {
			names         []string
			cached, total int64
		}{{names, 1, 320}, {names[:13], 0, 208}, {names[13:14], 1, 16}} {
			cached, total, err := ResidentPages(t.Context(), dir, c.names, o)
			if err != nil || cached != c.cached || total != c.total {
				t.Errorf("%s: %d of %d pages of %d files are cached, %v, want %d of %d", way, cached, total, len(c.names), err, c.cached, c.total)
			}
		}
	}
}

// No false alarm: files that were just written or read are cold after Chill.
func TestChill(t *testing.T) {
	dir := diskFolder(t)
	for i := range 50 {
		names := smallSet(t, dir, 3)
		o := ResidencyOptions{ForceMincore: i%2 == 1}
		c, err := Chill(t.Context(), kernelTree(t), dir, names, false, o)
		if err != nil || !c.Proven() || c.Total != 48 || c.Way != DropByFile || len(c.Warnings) != 0 || c.Rounds < 1 {
			t.Fatalf("try %d: Chill = %+v, %v, want 48 pages and none cached", i, c, err)
		}
		for _, name := range names {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A page that another process has mapped and locked stays, and is found.
func TestChillFindsWhatOthersHold(t *testing.T) {
	const variable = "LBENCH_TEST_HOLDS"
	if path := os.Getenv(variable); path != "" {
		holdPage(t, path)
		return
	}
	dir := diskFolder(t)
	names := smallSet(t, dir, 3)
	holder := exec.Command("/proc/self/exe", "-test.run=^TestChillFindsWhatOthersHold$")
	holder.Env = append(os.Environ(), variable+"="+filepath.Join(dir, names[1]))
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q", line)
	}
	for i := range 50 {
		o := ResidencyOptions{ForceMincore: i%2 == 1}
		c, err := Chill(t.Context(), kernelTree(t), dir, names, false, o)
		if err != nil || c.Proven() || c.Cached < 1 || c.Total != 48 || c.Rounds != 3 {
			t.Fatalf("try %d: Chill = %+v, %v, want at least 1 page of 48 found cached", i, c, err)
		}
	}
	_ = stdin.Close()
	if err := holder.Wait(); err != nil {
		t.Fatal(err)
	}
	if c, err := Chill(t.Context(), kernelTree(t), dir, names, false, ResidencyOptions{}); err != nil || !c.Proven() {
		t.Errorf("with nobody holding it: Chill = %+v, %v", c, err)
	}
}

// holdPage maps a file's sixth page and locks it until stdin ends.
func holdPage(t *testing.T, path string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	page := unix.Getpagesize()
	m, err := unix.Mmap(int(f.Fd()), int64(5*page), page, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mlock(m); err != nil {
		t.Fatal(err)
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestChillAll(t *testing.T) {
	dir := diskFolder(t)
	names := smallSet(t, dir, 2)
	const drop, lru = "proc/sys/vm/drop_caches", "sys/fs/lustre/ldlm/namespaces/ns/lru_size"
	for _, c := range []struct {
		name     string
		tree     []string
		all      bool
		way      string
		locks    int
		warnings string
	}{
		{"not asked for", []string{drop, lru}, false, DropByFile, 0, ""},
		{"works", []string{drop, lru}, true, DropAll, 1, ""},
		{"refused", []string{drop + "/is-a-folder", lru}, true, DropByFile, 1, "only these files' pages were dropped"},
	} {
		smallSet(t, dir, 2) // modified again: drop_caches would leave them
		root := kernelTree(t, c.tree...)
		got, err := Chill(t.Context(), root, dir, names, c.all, ResidencyOptions{})
		if err != nil || !got.Proven() || got.Way != c.way || got.LustreLocks != c.locks || !strings.Contains(strings.Join(got.Warnings, "\n"), c.warnings) || (len(got.Warnings) > 0) != (c.warnings != "") {
			t.Errorf("%s: Chill = %+v, %v", c.name, got, err)
		}
		if c.name == "not asked for" && contentOf(t, filepath.Join(root, drop))+contentOf(t, filepath.Join(root, lru)) != "" {
			t.Error("all caches were dropped, and nobody asked for it")
		}
	}
}

func TestChillUnknownOrFailed(t *testing.T) {
	dir := folder(t, map[string][]byte{"empty": nil, "some": pattern("some", 5000)})
	c, err := Chill(t.Context(), kernelTree(t), dir, []string{"empty"}, false, ResidencyOptions{})
	if err != nil || c.Proven() || c.Total != 0 || !strings.Contains(c.Unknown, "they hold no bytes") || c.Rounds != 1 || c.Way != DropByFile {
		t.Errorf("of no bytes: %+v, %v, want unknown with the reason", c, err)
	}
	if c, err := Chill(t.Context(), kernelTree(t), dir, []string{"some", "missing"}, false, ResidencyOptions{}); !errors.Is(err, fs.ErrNotExist) || c.Proven() {
		t.Errorf("of a missing file: %+v, %v", c, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, all := range []bool{false, true} {
		if c, err := Chill(ctx, kernelTree(t), dir, []string{"some"}, all, ResidencyOptions{}); !errors.Is(err, context.Canceled) || c.Rounds != 0 {
			t.Errorf("canceled: %+v, %v", c, err)
		}
	}
}
