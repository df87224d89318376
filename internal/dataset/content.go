package dataset

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// ReadAt fills p with the bytes of file i (from 0) at offset off, the same that
// Generate writes, with io.EOF where the file ends before p. Safe for concurrent use.
func (s Spec) ReadAt(i int, p []byte, off int64) (int, error) {
	size := s.FileBytes()
	if i < 0 || i >= s.Files || off < 0 {
		return 0, fmt.Errorf("offset %d of file %d: the dataset has %d files of %d bytes", off, i, s.Files, size)
	}
	n := int(min(int64(len(p)), max(0, size-off)))
	if s.raw() {
		rawWriter{newStream(s.Seed, i, off)}.fill(p[:n])
	} else {
		w := newWriter(s, i, off/s.RecordBytes())
		w.skip(off%s.RecordBytes(), p[:n])
		w.fill(p[:n])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Record appends record r of file i (both from 0) to dst, framing included. Raw files
// have none.
func (s Spec) Record(i, r int, dst []byte) []byte {
	w := newWriter(s, i, int64(r))
	n := len(dst)
	dst = append(dst, make([]byte, w.recordBytes())...)
	w.fill(dst[n:])
	return dst
}

// NullBuffer returns a buffer that stands for an endless file of valid records, all
// alike: n <= most bytes at offset off are buffer[off%s.RecordBytes():][:n].
func (s Spec) NullBuffer(most int) []byte {
	var record []byte
	if s.raw() {
		record = make([]byte, s.RecordBytes())
		newFiller(s, 0).fill(record)
	} else {
		record = s.Record(0, 0, nil)
	}
	buffer := make([]byte, len(record)+most)
	for n := 0; n < len(buffer); {
		n += copy(buffer[n:], record)
	}
	return buffer
}

// writer makes the bytes of one file, in order. It allocates only when it is made.
type writer struct {
	layout
	stream cipher.Stream
	pos    int64  // in the record
	crc    uint32 // CRC32C of the payload so far, to be stored after it
	footer [footerBytes]byte
}

// newWriter makes file i from the start of a record.
func newWriter(s Spec, i int, record int64) *writer {
	l := newLayout(s.Dim)
	return &writer{layout: l, stream: newStream(s.Seed, i, record*l.image), crc: l.crc}
}

// newStream is the key stream of file i from byte off on.
func newStream(seed int64, i int, off int64) cipher.Stream {
	var key, counter [aes.BlockSize]byte
	copy(key[:], "lbench/1")
	binary.BigEndian.PutUint64(key[8:], uint64(seed))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // only where a key has a wrong length
	}
	binary.BigEndian.PutUint64(counter[:], uint64(i))
	binary.BigEndian.PutUint64(counter[8:], uint64(off/aes.BlockSize))
	stream := cipher.NewCTR(block, counter[:])
	var rest [aes.BlockSize]byte
	stream.XORKeyStream(rest[:off%aes.BlockSize], rest[:off%aes.BlockSize])
	return stream
}

// skip passes over n bytes, in scratch if that is large enough to be worth it. They
// have to be made all the same: the record's checksum depends on them.
func (w *writer) skip(n int64, scratch []byte) {
	if len(scratch) < 4096 {
		scratch = make([]byte, 4096)
	}
	for n > 0 {
		part := scratch[:min(n, int64(len(scratch)))]
		w.fill(part)
		n -= int64(len(part))
	}
}

// fill makes the next len(p) bytes.
func (w *writer) fill(p []byte) {
	imageAt := int64(len(w.head))
	tailAt := imageAt + w.image
	footerAt := tailAt + int64(len(w.tail))
	for len(p) > 0 {
		var n int
		switch {
		case w.pos < imageAt:
			n = copy(p, w.head[w.pos:])
		case w.pos < tailAt:
			n = int(min(int64(len(p)), tailAt-w.pos))
			clear(p[:n])
			w.stream.XORKeyStream(p[:n], p[:n])
			w.crc = crc32.Update(w.crc, castagnoli(), p[:n])
		case w.pos < footerAt:
			n = copy(p, w.tail[w.pos-tailAt:])
			w.crc = crc32.Update(w.crc, castagnoli(), p[:n])
		default:
			binary.LittleEndian.PutUint32(w.footer[:], masked(w.crc))
			n = copy(p, w.footer[w.pos-footerAt:])
		}
		p = p[n:]
		if w.pos += int64(n); w.pos == footerAt+footerBytes {
			w.pos, w.crc = 0, w.layout.crc
		}
	}
}
