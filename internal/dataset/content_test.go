package dataset

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// whole is file i, made in one piece.
func whole(s Spec, i int) []byte {
	p := make([]byte, s.FileBytes())
	newWriter(s, i, 0).fill(p)
	return p
}

// Checked with `openssl enc -aes-128-ctr`: data made by one version must be the data
// that another resumes.
func TestContentIsTheSameForEver(t *testing.T) {
	image, _, err := decode(Spec{Files: 8, SamplesPerFile: 1, Dim: 6, Seed: 10}.Record(7, 0, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(image[:32]), "3accf89276f81c5c87093a413fc7250bb5818511c38d347a5f68336fb7afa577"; got != want {
		t.Errorf("file 7 of seed 10 starts with %s, want %s", got, want)
	}
}

func TestReadAtAndRecordAgreeWithTheFile(t *testing.T) {
	for _, dim := range []int{1, 8, 9, 130} {
		s := tiny()
		s.Dim = dim
		for i := range s.Files {
			file := whole(s, i)
			if err := iotest.TestReader(io.NewSectionReader(readerAt{s, i}, 0, s.FileBytes()), file); err != nil {
				t.Fatalf("dim %d, file %d: %v", dim, i, err)
			}
			n := int(s.RecordBytes())
			for r := range s.SamplesPerFile {
				if got := s.Record(i, r, []byte("before")); !bytes.Equal(got, append([]byte("before"), file[r*n:][:n]...)) {
					t.Errorf("dim %d, file %d: record %d isn't the one in the file", dim, i, r)
				}
			}
			rng := rand.New(rand.NewPCG(1, uint64(dim)))
			for range 50 {
				off := rng.IntN(len(file))
				p := make([]byte, rng.IntN(len(file)-off)+1)
				if n, err := s.ReadAt(i, p, int64(off)); err != nil || !bytes.Equal(p[:n], file[off:off+len(p)]) {
					t.Fatalf("dim %d, file %d: ReadAt(%d bytes at %d): %v, or other bytes", dim, i, len(p), off, err)
				}
			}
		}
	}
}

type readerAt struct {
	spec Spec
	i    int
}

func (r readerAt) ReadAt(p []byte, off int64) (int, error) { return r.spec.ReadAt(r.i, p, off) }

func TestReadAtOutside(t *testing.T) {
	s := tiny()
	if n, err := s.ReadAt(0, make([]byte, 10), s.FileBytes()-4); n != 4 || !errors.Is(err, io.EOF) {
		t.Errorf("4 bytes before the end: %d, %v", n, err)
	}
	if n, err := s.ReadAt(0, make([]byte, 10), s.FileBytes()+4); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	for _, c := range []struct {
		i   int
		off int64
	}{{-1, 0}, {s.Files, 0}, {0, -1}} {
		if _, err := s.ReadAt(c.i, make([]byte, 1), c.off); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("file %d at %d: %v, want an error", c.i, c.off, err)
		}
	}
}

// No block of the cipher occurs twice: not in a file, not in two, not under two seeds.
func TestContentIsUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, seed := range []int64{10, 11, -10} {
		for i := range 4 {
			s := Spec{Files: 4, SamplesPerFile: 3, Dim: 64, Seed: seed}
			for r := range s.SamplesPerFile {
				image, _, err := decode(s.Record(i, r, nil))
				if err != nil {
					t.Fatal(err)
				}
				for off := 0; off+16 <= len(image); off += 16 {
					block := string(image[off : off+16])
					if seen[block] {
						t.Fatalf("seed %d, file %d, record %d: the block at %d was there before", seed, i, r, off)
					}
					seen[block] = true
				}
			}
		}
	}
}

func TestContentDependsOnSeedAndIndexOnly(t *testing.T) {
	s := tiny()
	other := Spec{Format: "tfrecord", Prefix: "part", Files: 900, Subfolders: 3, SamplesPerFile: 3, Dim: 8, Seed: 10}
	if !bytes.Equal(whole(s, 4), whole(other, 4)) {
		t.Error("file 4 changed with the names of the files")
	}
	other.Seed++
	if bytes.Equal(whole(s, 4), whole(other, 4)) || bytes.Equal(whole(s, 4), whole(s, 3)) {
		t.Error("two seeds or two files have the same content")
	}
}

func TestContentDoesNotCompress(t *testing.T) {
	s := resnet50()
	s.SamplesPerFile = 8
	file := whole(s, 0)
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(file)
	w.Close()
	if packed.Len() < len(file)*99/100 {
		t.Errorf("%d bytes compress to %d", len(file), packed.Len())
	}
	var count [256]int
	for _, b := range file {
		count[b]++
	}
	for b, n := range count { // 3571 are expected of each value, with a deviation of 60
		if n < 3200 || n > 3950 {
			t.Errorf("byte 0x%02x occurs %d times in %d", b, n, len(file))
		}
	}
}

func TestNullBuffer(t *testing.T) {
	for _, most := range []int{1, 100, 122, 123, 124, 1000} {
		s := tiny()
		record := s.RecordBytes()
		buffer := s.NullBuffer(most)
		rng := rand.New(rand.NewPCG(2, uint64(most)))
		var scan Scanner
		scan.Reset(0, true)
		var off int64
		records := 0
		for range 500 {
			n := rng.IntN(most) + 1
			got, err := scan.Scan(buffer[off%record:][:n])
			if err != nil {
				t.Fatalf("most %d: %v", most, err)
			}
			records += got
			off += int64(n)
		}
		if int64(records) != off/record {
			t.Errorf("most %d: %d records in %d bytes", most, records, off)
		}
	}
}

func TestWritingAllocatesNothing(t *testing.T) {
	w := newWriter(resnet50(), 3, 0)
	p := make([]byte, 1<<18)
	if n := testing.AllocsPerRun(10, func() { w.fill(p) }); n != 0 {
		t.Errorf("%v allocations for 256 KiB", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	w := newWriter(resnet50(), 0, 0)
	p := make([]byte, chunk)
	b.SetBytes(chunk)
	for b.Loop() {
		w.fill(p)
	}
}
