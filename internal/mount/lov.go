package mount

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/lbench/lbench/internal/result"
)

// The magics of the value of lustre.lov, from Lustre's user-space header
// lustre_user.h. The value is packed and little-endian.
const (
	magicV1        = 0x0BD10BD0
	magicV3        = 0x0BD30BD0
	magicComposite = 0x0BD60BD0
	magicForeign   = 0x0BD70BD0
)

// Sizes in the value, in bytes.
const (
	headerV1        = 32
	poolName        = 16 // between the header and the objects of V3
	objectSize      = 24
	headerComposite = 32
	componentSize   = 48
)

// Flags of a component.
const (
	flagStale     = 0x01 // a mirror that is out of date
	flagInit      = 0x10 // has its objects
	flagExtension = 0x40 // room for growth: its size field is no stripe size
)

// layout is a decoded lustre.lov.
type layout struct {
	kind       string // plain, composite, foreign, unknown
	plain      stripes
	mirrors    int // of a composite layout, at least 1
	components []component
}

// stripes is a plain layout, or that of one component.
type stripes struct {
	pattern uint32
	count   int    // -1 is all targets, 0 the default or none
	size    uint32 // bytes, 0 the default; of an extension component its size in KiB
	pool    string
	targets []int // OST index of each object, in stripe order
}

// component is one part of a composite layout, bytes [start, end) of the file.
type component struct {
	id, flags  uint32
	start, end uint64
	stripes
}

// parseLOV decodes the value of the xattr lustre.lov. A magic that it doesn't know is
// no error but an unknown layout.
func parseLOV(b []byte) (layout, error) {
	if len(b) < 4 {
		return layout{}, fmt.Errorf("lustre.lov has %d bytes, want at least 4", len(b))
	}
	switch magic := binary.LittleEndian.Uint32(b); magic {
	case magicV1, magicV3:
		s, err := parseStripes(b)
		return layout{kind: "plain", plain: s}, err
	case magicComposite:
		return parseComposite(b)
	case magicForeign:
		return layout{kind: "foreign"}, nil
	default:
		return layout{kind: "unknown"}, nil
	}
}

// parseStripes decodes V1 and V3. The number of objects follows from the length, not
// from the stripe count: a default, a part on the MDT or one not in use has none.
func parseStripes(b []byte) (stripes, error) {
	if len(b) < headerV1 {
		return stripes{}, fmt.Errorf("plain layout has %d bytes, want at least %d", len(b), headerV1)
	}
	le := binary.LittleEndian
	magic := le.Uint32(b)
	s := stripes{pattern: le.Uint32(b[4:]), size: le.Uint32(b[24:]), count: int(int16(le.Uint16(b[28:])))}
	objects := b[headerV1:]
	switch magic {
	case magicV1:
	case magicV3:
		if len(objects) < poolName {
			return stripes{}, fmt.Errorf("plain layout with a pool has %d bytes, want at least %d", len(b), headerV1+poolName)
		}
		pool, _, _ := bytes.Cut(objects[:poolName], []byte{0})
		s.pool, objects = string(pool), objects[poolName:]
	default:
		return stripes{}, fmt.Errorf("plain layout has magic %#x, want %#x or %#x", magic, magicV1, magicV3)
	}
	for object := range slices.Chunk(objects, objectSize) {
		if len(object) < objectSize {
			return stripes{}, fmt.Errorf("plain layout ends within an object: %d bytes of %d", len(object), objectSize)
		}
		s.targets = append(s.targets, int(le.Uint32(object[20:])))
	}
	return s, nil
}

func parseComposite(b []byte) (layout, error) {
	if len(b) < headerComposite {
		return layout{}, fmt.Errorf("composite layout has %d bytes, want at least %d", len(b), headerComposite)
	}
	le := binary.LittleEndian
	n := int(le.Uint16(b[14:]))
	if len(b) < headerComposite+n*componentSize {
		return layout{}, fmt.Errorf("composite layout of %d components has %d bytes, want at least %d",
			n, len(b), headerComposite+n*componentSize)
	}
	l := layout{kind: "composite", mirrors: int(le.Uint16(b[16:])) + 1}
	for i := range n {
		c, err := parseComponent(b, b[headerComposite+i*componentSize:])
		if err != nil {
			return layout{}, fmt.Errorf("component %d of %d: %w", i+1, n, err)
		}
		l.components = append(l.components, c)
	}
	return l, nil
}

// parseComponent decodes the entry e of the composite layout b, and the plain layout
// that it points at.
func parseComponent(b, e []byte) (component, error) {
	le := binary.LittleEndian
	offset, size := uint64(le.Uint32(e[24:])), uint64(le.Uint32(e[28:]))
	if offset+size > uint64(len(b)) {
		return component{}, fmt.Errorf("bytes %d to %d of a layout of %d bytes", offset, offset+size, len(b))
	}
	s, err := parseStripes(b[offset : offset+size])
	return component{
		id:      le.Uint32(e),
		flags:   le.Uint32(e[4:]),
		start:   le.Uint64(e[8:]),
		end:     le.Uint64(e[16:]),
		stripes: s,
	}, err
}

// describe says it in the words of the data model. The stripes of a composite layout
// are those of its last component with objects, as "lfs getstripe -c" has it; its
// targets are those of all components in use, each once. A stripe count of "all" is
// known from the objects, or else absent.
func (l layout) describe(file string) result.LustreLayout {
	d := result.LustreLayout{File: file, Kind: l.kind, Components: len(l.components)}
	s := l.plain
	d.Targets = s.targets
	for _, c := range l.components {
		if !c.inUse() {
			continue
		}
		s = c.stripes
		for _, t := range c.targets {
			if !slices.Contains(d.Targets, t) {
				d.Targets = append(d.Targets, t)
			}
		}
	}
	d.StripeCount, d.StripeSizeBytes, d.Pool = s.count, int64(s.size), s.pool
	if s.count < 0 {
		d.StripeCount = len(s.targets)
	}
	return d
}

// inUse says whether a component holds data that a read would get.
func (c component) inUse() bool {
	return c.flags&flagInit != 0 && c.flags&(flagStale|flagExtension) == 0
}
