package fio

import (
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/ioengine"
)

func TestBlocks(t *testing.T) {
	id := newBlockID(42, "a/b")
	fresh := func() []byte {
		p := bytes.Repeat([]byte{0xAB}, 10_240)
		stampBlocks(p, id, 8192, true)
		return p
	}
	if _, err := checkBlocks(fresh(), id, 8192); err != nil {
		t.Fatal(err)
	}
	for i := range 10_240 { // every byte counts
		p := fresh()
		p[i] ^= 1
		if at, err := checkBlocks(p, id, 8192); err == nil || at != 8192+int64(i)/4096*4096 {
			t.Fatalf("byte %d inverted: %d, %v", i, at, err)
		}
	}
	for _, c := range []struct {
		name string
		id   blockID
		off  int64
		cut  int
		want string
	}{
		{"seed", newBlockID(43, "a/b"), 8192, 10_240, "a block of another run: its seed is 42, want 43"},
		{"file", newBlockID(42, "a/c"), 8192, 10_240, "a block of another file"},
		{"offset", id, 4096, 10_240, "the block of offset 8192"},
		{"length", id, 8192, 512, "its checksum is"},
	} {
		if _, err := checkBlocks(fresh()[:c.cut], c.id, c.off); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := checkBlocks(make([]byte, 512), id, 0); err == nil || !strings.Contains(err.Error(), "not a block that lbench wrote") {
		t.Errorf("zeros: %v", err)
	}
}

// The format is fixed: another program can check it by this description.
func TestBlockHeader(t *testing.T) {
	p := make([]byte, 512)
	stampBlocks(p, blockID{0x0102030405060708, 0x1112131415161718}, 0x2122232425262728, false)
	want := "LBNCBLK1\x08\x07\x06\x05\x04\x03\x02\x01\x18\x17\x16\x15\x14\x13\x12\x11\x28\x27\x26\x25\x24\x23\x22\x21\x00\x02\x00\x00\x00\x00\x00\x00"
	if got := string(p[:headerBytes]); got != want {
		t.Errorf("header %q, want %q", got, want)
	}
	sum := crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli))
	stampBlocks(p, blockID{0x0102030405060708, 0x1112131415161718}, 0x2122232425262728, true)
	if got := string(p[crcAt:headerBytes]); got != string([]byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}) {
		t.Errorf("checksum %x, want %x", got, sum)
	}
}

// Nothing that is written can be made smaller, and no two blocks are alike.
func TestContentIsIncompressible(t *testing.T) {
	for _, op := range []int64{512, 4096, 65536} {
		j := writeJob(2, 256<<10, op)
		j.Jobs = 4
		store := newMemStore(nil)
		mustRun(t, store, j, Options{})
		var packed bytes.Buffer
		w, _ := flate.NewWriter(&packed, flate.BestSpeed)
		seen := map[string]bool{}
		for _, f := range j.Files {
			data := store.bytes(f.Name)
			_, _ = w.Write(data)
			for block := range int(int64(len(data)) / min(op, blockBytes)) {
				seen[string(data[block*int(min(op, blockBytes)):][:min(op, blockBytes)])] = true
			}
		}
		_ = w.Close()
		if want := j.Bytes() / min(op, blockBytes); int64(len(seen)) != want || int64(packed.Len()) < j.Bytes()*9/10 {
			t.Errorf("op size %d: %d different blocks of %d, packed to %d of %d bytes", op, len(seen), want, packed.Len(), j.Bytes())
		}
	}
}

func TestVerify(t *testing.T) {
	job := writeJob(3, 80*512, 6144) // blocks of 4096 and 2048, and a last op of 4096
	job.Jobs, job.Depth, job.Verify = 2, 3, true
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		want   string // empty: nothing is found
	}{
		{"as written", func(*testing.T, string) {}, ""},
		{"a byte", func(t *testing.T, dir string) {
			edit(t, dir, "f1", func(p []byte) { p[10_000] ^= 4 })
		}, `check "f1" at 6144: its checksum is`},
		{"two blocks swapped", func(t *testing.T, dir string) {
			edit(t, dir, "f2", func(p []byte) {
				a := bytes.Clone(p[:4096])
				copy(p, p[6144:][:4096])
				copy(p[6144:], a)
			})
		}, `check "f2" at 0: the block of offset 6144`},
		{"a stale file", func(t *testing.T, dir string) {
			old, other := job, t.TempDir()
			old.Seed++
			mustRun(t, ioengine.NewPosix(other), old, Options{})
			data, _ := os.ReadFile(filepath.Join(other, "f0"))
			edit(t, dir, "f0", func(p []byte) { copy(p, data) })
		}, `check "f0" at 0: a block of another run: its seed is 8, want 7`},
		{"another file's", func(t *testing.T, dir string) {
			data, _ := os.ReadFile(filepath.Join(dir, "f0"))
			edit(t, dir, "f1", func(p []byte) { copy(p, data) })
		}, `check "f1" at 0: a block of another file`},
		{"a hole", func(t *testing.T, dir string) {
			edit(t, dir, "f1", func(p []byte) { clear(p[12_288:][:4096]) })
		}, `check "f1" at 12288: not a block that lbench wrote`},
		{"cut off", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "f1"), 20_000); err != nil {
				t.Fatal(err)
			}
		}, `read "f1" at 18432: file ends at 20000, 40960 were expected`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			n := Native{Engine: ioengine.NewPosix(dir)}
			if out, err := n.Run(t.Context(), job, Options{}); err != nil || out.Bytes != job.Bytes() {
				t.Fatalf("write: %d bytes, %v", out.Bytes, err)
			}
			c.damage(t, dir)
			got, err := n.Verify(t.Context(), job, Options{})
			if c.want == "" && (err != nil || got != job.Bytes()) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("Verify = %d, %v, want %q", got, err, c.want)
			}
			if c.want != "" && got != 0 {
				t.Errorf("%d bytes count as verified, and not all were right", got)
			}
		})
	}
}

func edit(t *testing.T, dir, name string, change func([]byte)) {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(data)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// What the storage does to the bytes on their way is found as well.
func TestVerifyThroughAFault(t *testing.T) {
	job := writeJob(2, 1<<20, 64<<10)
	job.Verify = true
	dir := t.TempDir()
	if _, err := (Native{Engine: ioengine.NewPosix(dir)}).Run(t.Context(), job, Options{}); err != nil {
		t.Fatal(err)
	}
	fault := ioengine.NewFault(ioengine.NewPosix(dir), ioengine.FaultRule{Name: "f1", From: 700_000, Flip: true})
	_, err := Native{Engine: fault}.Verify(t.Context(), job, Options{})
	if want := fmt.Sprintf(`check "f1" at %d: its checksum is`, 700_000/4096*4096); err == nil || !strings.Contains(err.Error(), want) || fault.Fired(0) != 1 {
		t.Errorf("Verify = %v, want %q", err, want)
	}
}

func TestVerifyNeedsChecksums(t *testing.T) {
	job := writeJob(1, 4096, 4096)
	store := newMemStore(nil)
	mustRun(t, store, job, Options{})
	if _, err := (Native{Engine: store}).Verify(t.Context(), job, Options{}); err == nil || !strings.Contains(err.Error(), "the job wrote no checksums") {
		t.Errorf("Verify = %v", err)
	}
	job.Verify = true
	if _, err := (Native{Engine: store}).Verify(t.Context(), job, Options{}); err == nil || !strings.Contains(err.Error(), "its checksum is 00000000") {
		t.Errorf("Verify = %v", err)
	}
}
