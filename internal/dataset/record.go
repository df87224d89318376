package dataset

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// A record of TFRecord is a header, a payload and a footer:
//
//	length u64 | masked CRC32C of length u32 | payload | masked CRC32C of payload u32
const (
	headerBytes = 12
	footerBytes = 4
)

// masked is the CRC32C that TFRecord stores: rotated and offset, so that a checksum of
// data that itself holds checksums stays a good one.
func masked(crc uint32) uint32 { return bits.RotateLeft32(crc, -15) + 0xa282ead8 }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// layout is what all records with images of one size have in common: the bytes before
// the image and those after it.
type layout struct {
	head  []byte // header, and the payload up to the image
	image int64
	tail  []byte // the payload after the image
	crc   uint32 // CRC32C of the payload up to the image
}

// Tags of the protocol buffers Example, Features, Feature, BytesList and Int64List:
// field number << 3 | 2, a field with a length.
const (
	tagOne   = 1<<3 | 2 // Example.features, Features.feature, entry's key, bytes_list, values
	tagTwo   = 2<<3 | 2 // a map entry's value
	tagThree = 3<<3 | 2 // Feature.int64_list
)

// newLayout lays out Example{features: {"image": Dim x Dim bytes, "size": Dim}}.
func newLayout(dim int) layout {
	image := int64(dim) * int64(dim)
	key := field(tagOne, "image")
	list := lengthOf(tagOne, image)                            // BytesList{value: image}
	feature := lengthOf(tagOne, int64(len(list))+image)        // Feature{bytes_list: list}
	value := int64(len(feature)+len(list)) + image             // the bytes of that Feature
	entry := append(key, lengthOf(tagTwo, value)...)           // map entry, up to its value
	first := lengthOf(tagOne, int64(len(entry))+value)         // Features{feature: entry}
	tail := sizeEntry(dim)                                     //
	features := int64(len(first)+len(entry)+len(tail)) + value // the bytes of Features

	payload := lengthOf(tagOne, features)
	length := int64(len(payload)) + features
	for _, part := range [][]byte{first, entry, feature, list} {
		payload = append(payload, part...)
	}
	l := layout{image: image, tail: tail, crc: crc32.Checksum(payload, castagnoli())}
	l.head = binary.LittleEndian.AppendUint64(nil, uint64(length))
	l.head = binary.LittleEndian.AppendUint32(l.head, masked(crc32.Checksum(l.head, castagnoli())))
	l.head = append(l.head, payload...)
	return l
}

// sizeEntry is the map entry "size": Int64List{dim}.
func sizeEntry(dim int) []byte {
	list := field(tagOne, string(binary.AppendUvarint(nil, uint64(dim))))
	feature := field(tagThree, string(list))
	return field(tagOne, string(field(tagOne, "size"))+string(field(tagTwo, string(feature))))
}

// field is a protocol buffers field that has a length.
func field(tag byte, value string) []byte { return append(lengthOf(tag, int64(len(value))), value...) }

// lengthOf is such a field's tag and length, before its n bytes.
func lengthOf(tag byte, n int64) []byte { return binary.AppendUvarint([]byte{tag}, uint64(n)) }

func (l layout) recordBytes() int64 {
	return int64(len(l.head)) + l.image + int64(len(l.tail)) + footerBytes
}
