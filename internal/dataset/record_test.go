package dataset

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"testing"
)

// The bytes that TensorFlow writes for an image 00 01 02 03 of size 2.
func TestRecordIsTensorFlows(t *testing.T) {
	l := newLayout(2)
	payload := append(append(bytes.Clone(l.head[headerBytes:]), 0, 1, 2, 3), l.tail...)
	want := "0a220a110a05696d61676512080a060a04000102030a0d0a0473697a6512051a030a0102"
	if got := hex.EncodeToString(payload); got != want {
		t.Errorf("payload\n got %s\nwant %s", got, want)
	}
	if got := binary.LittleEndian.Uint64(l.head); got != 36 {
		t.Errorf("length %d, want 36", got)
	}
	if got := binary.LittleEndian.Uint32(l.head[8:]); got != 0x4d802b42 {
		t.Errorf("length checksum 0x%08x, want 0x4d802b42", got)
	}
	if got := masked(crc32.Checksum(payload, castagnoli())); got != 0x55551819 {
		t.Errorf("payload checksum 0x%08x, want 0x55551819", got)
	}
	if l := newLayout(338); binary.LittleEndian.Uint32(l.head[8:]) != 0x62ba3296 {
		t.Errorf("length checksum of resnet50 0x%x, want 0x62ba3296", l.head[8:headerBytes])
	}
}

// Sizes around those where a length takes one byte more.
func TestRecordsDecode(t *testing.T) {
	for _, dim := range []int{1, 2, 9, 10, 11, 12, 105, 127, 128, 129, 181, 338, 1448, 1681} {
		s := Spec{Format: "tfrecord", Prefix: "img", Files: 3, SamplesPerFile: 2, Dim: dim, Seed: 4}
		record := s.Record(2, 1, nil)
		image, size, err := decode(record)
		if err != nil {
			t.Errorf("dim %d: %v", dim, err)
			continue
		}
		if len(image) != dim*dim || size != uint64(dim) || int64(len(record)) != s.RecordBytes() {
			t.Errorf("dim %d: image of %d bytes, size %d, record of %d bytes, not %d", dim, len(image), size, len(record), s.RecordBytes())
		}
	}
}

// decode takes one record apart by the rules of protocol buffers, knowing nothing of layout.
func decode(record []byte) (image []byte, size uint64, err error) {
	n := binary.LittleEndian.Uint64(record)
	if n != uint64(len(record)-headerBytes-footerBytes) {
		return nil, 0, fmt.Errorf("length %d in a record of %d", n, len(record))
	}
	payload := record[headerBytes : headerBytes+n]
	if masked(crc32.Checksum(payload, castagnoli())) != binary.LittleEndian.Uint32(record[headerBytes+n:]) {
		return nil, 0, errors.New("wrong checksum")
	}
	features := fields(payload)[0].value
	for _, entry := range fields(features) {
		parts := fields(entry.value)
		feature := fields(parts[1].value)[0]
		list := fields(feature.value)[0]
		switch key := string(parts[0].value); {
		case key == "image" && feature.number == 1:
			image = list.value
		case key == "size" && feature.number == 3:
			size, _ = binary.Uvarint(list.value)
		default:
			return nil, 0, fmt.Errorf("feature %q of kind %d", key, feature.number)
		}
	}
	return image, size, nil
}

type numbered struct {
	number byte
	value  []byte
}

// fields splits a message whose fields all have a length.
func fields(message []byte) (all []numbered) {
	for len(message) > 0 {
		n, width := binary.Uvarint(message[1:])
		value := message[1+width:][:n]
		all = append(all, numbered{message[0] >> 3, value})
		message = message[1+width+int(n):]
	}
	return all
}
