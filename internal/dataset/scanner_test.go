package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

func TestScanFindsDamage(t *testing.T) {
	s := tiny()
	n := int(s.RecordBytes())
	stored := func(p []byte) uint32 { return binary.LittleEndian.Uint32(p) }
	good := whole(s, 0)
	for _, c := range []struct {
		name    string
		damage  func(p []byte)
		verify  bool
		records int
		what    string // "": none is found
		at      int
	}{
		{"none", func(p []byte) {}, true, 3, "", 0},
		{"none, not verified", func(p []byte) {}, false, 3, "", 0},
		{"image", func(p []byte) { p[n+60] ^= 1 }, true, 1, "data checksum", n},
		{"image, not verified", func(p []byte) { p[n+60] ^= 1 }, false, 3, "", 0},
		{"first byte of the payload", func(p []byte) { p[12] ^= 128 }, true, 0, "data checksum", 0},
		{"last byte of the payload", func(p []byte) { p[2*n-5] ^= 1 }, true, 1, "data checksum", n},
		{"footer", func(p []byte) { p[2*n-1] ^= 1 }, true, 1, "data checksum", n},
		{"length", func(p []byte) { p[2*n] ^= 1 }, true, 2, "length checksum", 2 * n},
		{"length's checksum", func(p []byte) { p[2*n+11] ^= 1 }, true, 2, "length checksum", 2 * n},
		{"huge length", func(p []byte) { p[n+7] = 1 }, false, 1, "length", n},
		{"length just too large", func(p []byte) { binary.LittleEndian.PutUint64(p, MaxRecord+1) }, false, 0, "length", 0},
		{"two records swapped halves", func(p []byte) { copy(p[40:50], p[n+40:n+50]) }, true, 0, "data checksum", 0},
		{"a record of zeros", func(p []byte) { clear(p[n : 2*n]) }, true, 1, "length checksum", n},
	} {
		p := bytes.Clone(good)
		c.damage(p)
		for _, piece := range []int{1, 7, 64, len(p)} {
			records, err := scanAll(p, piece, 0, c.verify)
			var corrupt *CorruptError
			switch {
			case records != c.records:
				t.Errorf("%s, %d bytes at a time: %d records, want %d", c.name, piece, records, c.records)
			case c.what == "" && err != nil, c.what != "" && !errors.As(err, &corrupt):
				t.Errorf("%s, %d bytes at a time: error %v, want %q", c.name, piece, err, c.what)
			case c.what != "" && (corrupt.What != c.what || corrupt.Offset != int64(c.at)):
				t.Errorf("%s, %d bytes at a time: %q at %d, want %q at %d", c.name, piece, corrupt.What, corrupt.Offset, c.what, c.at)
			case c.what == "data checksum":
				want := masked(crc32.Checksum(p[c.at+12:c.at+n-4], castagnoli()))
				if corrupt.Got != want || corrupt.Want != stored(p[c.at+n-4:]) {
					t.Errorf("%s: stored %x, computed %x", c.name, corrupt.Want, corrupt.Got)
				}
			}
		}
	}
}

// scanAll hands a stream to a Scanner in pieces.
func scanAll(p []byte, piece int, off int64, verify bool) (records int, err error) {
	var s Scanner
	s.Reset(off, verify)
	for len(p) > 0 && err == nil {
		n := min(piece, len(p))
		var got int
		got, err = s.Scan(p[:n])
		records += got
		p = p[n:]
	}
	return records, err
}

func TestCorruptErrorSaysWhere(t *testing.T) {
	for want, err := range map[string]CorruptError{
		"record at offset 114303: data checksum 0x0000000a stored, 0xffffffff computed": {Offset: 114303, What: "data checksum", Want: 10, Got: 1<<32 - 1},
		"record at offset 7: length 1073741825 is over 1073741824":                      {Offset: 7, What: "length", Length: 1<<30 + 1},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPendingAndOffset(t *testing.T) {
	s := tiny()
	file := whole(s, 1)
	n := s.RecordBytes()
	var scan Scanner
	scan.Reset(n, true)
	for off := n; off < s.FileBytes(); off++ {
		if got, want := scan.Pending(), off%n != 0; got != want {
			t.Fatalf("Pending() = %v at %d", got, off)
		}
		if got := scan.Offset(); got != off {
			t.Fatalf("Offset() = %d at %d", got, off)
		}
		if _, err := scan.Scan(file[off : off+1]); err != nil {
			t.Fatal(err)
		}
	}
	if scan.Pending() {
		t.Error("Pending() at the end of the file")
	}
}

// naive is a Scanner that sees the whole stream at once.
func naive(p []byte, verify bool) (records int, bad bool) {
	for len(p) >= headerBytes {
		n := binary.LittleEndian.Uint64(p)
		if verify && masked(crc32.Checksum(p[:8], castagnoli())) != binary.LittleEndian.Uint32(p[8:]) || n > MaxRecord {
			return records, true
		}
		if uint64(len(p)) < headerBytes+n+footerBytes {
			return records, false
		}
		payload, footer := p[headerBytes:headerBytes+n], p[headerBytes+n:]
		if verify && masked(crc32.Checksum(payload, castagnoli())) != binary.LittleEndian.Uint32(footer) {
			return records, true
		}
		records++
		p = footer[footerBytes:]
	}
	return records, false
}

func FuzzScanner(f *testing.F) {
	file := whole(tiny(), 0)
	f.Add(file, uint64(1), true)
	f.Add(file[:200], uint64(2), false)
	f.Add(bytes.Repeat([]byte{0}, 40), uint64(3), false)
	f.Add(append(bytes.Clone(file), file...), uint64(4), true)
	f.Fuzz(func(t *testing.T, p []byte, seed uint64, verify bool) {
		want, wantBad := naive(p, verify)
		rng := rand.New(rand.NewPCG(seed, 0))
		var s Scanner
		s.Reset(0, verify)
		got := 0
		var err error
		for rest := p; len(rest) > 0 && err == nil; {
			n := rng.IntN(min(len(rest), 70)) + 1
			var records int
			records, err = s.Scan(rest[:n])
			got += records
			rest = rest[n:]
		}
		if got != want || (err != nil) != wantBad {
			t.Errorf("%d records, error %v; want %d, error %v", got, err, want, wantBad)
		}
	})
}

func TestScanAllocatesNothing(t *testing.T) {
	buffer := resnet50().NullBuffer(1 << 18)
	var s Scanner
	if n := testing.AllocsPerRun(10, func() {
		s.Reset(0, true)
		s.Scan(buffer)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkScan(b *testing.B) {
	const read = 256 << 10
	buffer := resnet50().NullBuffer(read)
	record := resnet50().RecordBytes()
	for name, verify := range map[string]bool{"verify": true, "count": false} {
		b.Run(name, func(b *testing.B) {
			var s Scanner
			s.Reset(0, verify)
			var off int64
			b.SetBytes(read)
			for b.Loop() {
				if _, err := s.Scan(buffer[off%record:][:read]); err != nil {
					b.Fatal(err)
				}
				off += read
			}
		})
	}
}
