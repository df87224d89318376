package dataset

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// MaxRecord is the longest payload of a record that a Scanner takes for one, in bytes.
const MaxRecord = 1 << 30

// Scanner counts the records of one stream of bytes, handed to it in pieces of any
// size, and checks them. It keeps no bytes but a header's or footer's that a border
// cuts. The zero Scanner is ready for the start of a file, without verifying.
type Scanner struct {
	verify bool
	off    int64 // of the current record in the file
	pos    int64 // in the record: how much of it was seen
	length int64 // of its payload; known when the header is complete
	crc    uint32
	header [headerBytes]byte
	footer [footerBytes]byte
}

// CorruptError is a record that isn't what its checksums say.
type CorruptError struct {
	Offset    int64  // of the record in its file
	What      string // "length", "length checksum" or "data checksum"
	Length    uint64 // of the payload, as stored
	Want, Got uint32 // the masked CRC32C stored and computed; 0 where What is "length"
}

func (e *CorruptError) Error() string {
	if e.What == "length" {
		return fmt.Sprintf("record at offset %d: length %d is over %d", e.Offset, e.Length, int64(MaxRecord))
	}
	return fmt.Sprintf("record at offset %d: %s 0x%08x stored, 0x%08x computed", e.Offset, e.What, e.Want, e.Got)
}

// Reset starts over: the next byte is a record's first and lies at off in its file.
// With verify both checksums of each record are computed and compared.
func (s *Scanner) Reset(off int64, verify bool) { *s = Scanner{off: off, verify: verify} }

// Pending says whether the stream is within a record: if it ends here, the file is
// truncated.
func (s *Scanner) Pending() bool { return s.pos > 0 }

// Offset is where the next byte lies in the file.
func (s *Scanner) Offset() int64 { return s.off + s.pos }

// Scan takes the next bytes of the stream and returns how many records end in them. The
// error is a *CorruptError; after one only Reset helps.
func (s *Scanner) Scan(p []byte) (records int, err error) {
	for len(p) > 0 {
		end := headerBytes + s.length // of the payload
		var n int
		switch {
		case s.pos < headerBytes:
			n = copy(s.header[s.pos:], p)
			if s.pos+int64(n) == headerBytes {
				err = s.begin()
			}
		case s.pos < end:
			n = int(min(int64(len(p)), end-s.pos))
			if s.verify {
				s.crc = crc32.Update(s.crc, castagnoli(), p[:n])
			}
		default:
			n = copy(s.footer[s.pos-end:], p)
			if s.pos+int64(n) == end+footerBytes {
				if err = s.finish(); err == nil {
					records++
					p = p[n:]
					continue
				}
			}
		}
		if err != nil {
			return records, err
		}
		s.pos += int64(n)
		p = p[n:]
	}
	return records, nil
}

// begin checks a complete header.
func (s *Scanner) begin() error {
	length := binary.LittleEndian.Uint64(s.header[:])
	if s.verify {
		want := binary.LittleEndian.Uint32(s.header[8:])
		if got := masked(crc32.Checksum(s.header[:8], castagnoli())); got != want {
			return &CorruptError{Offset: s.off, What: "length checksum", Length: length, Want: want, Got: got}
		}
	}
	if length > MaxRecord {
		return &CorruptError{Offset: s.off, What: "length", Length: length}
	}
	s.length = int64(length)
	return nil
}

// finish checks a complete record and turns to the next one.
func (s *Scanner) finish() error {
	if s.verify {
		want := binary.LittleEndian.Uint32(s.footer[:])
		if got := masked(s.crc); got != want {
			return &CorruptError{Offset: s.off, What: "data checksum", Length: uint64(s.length), Want: want, Got: got}
		}
	}
	s.off += headerBytes + s.length + footerBytes
	s.pos, s.length, s.crc = 0, 0, 0
	return nil
}
