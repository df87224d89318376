package fio

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"math/rand/v2"
)

// What is written consists of blocks: from the start of each operation one every 4 KiB,
// the last one of an operation may be shorter. A block begins with a header and is
// incompressible otherwise; little-endian:
//
//	0  magic
//	8  seed of the job
//	16 FNV-1a hash of the file's name
//	24 offset of the block in the file
//	32 length of the block
//	36 CRC32C of the whole block with this field 0; 0 where none was asked for
const (
	blockBytes  = 4096
	headerBytes = 40
	blockMagic  = 0x314b4c42434e424c // "LBNCBLK1"
	crcAt       = 36
)

// blockID is what the blocks of one file of one job have in common.
type blockID struct{ seed, file uint64 }

func newBlockID(seed int64, name string) blockID {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return blockID{uint64(seed), h.Sum64()}
}

// stampBlocks writes the headers of blocks that will lie at off, with checksums if asked for.
func stampBlocks(p []byte, id blockID, off int64, checksum bool) {
	for len(p) > 0 {
		block := p[:min(blockBytes, len(p))]
		binary.LittleEndian.PutUint64(block, blockMagic)
		binary.LittleEndian.PutUint64(block[8:], id.seed)
		binary.LittleEndian.PutUint64(block[16:], id.file)
		binary.LittleEndian.PutUint64(block[24:], uint64(off))
		binary.LittleEndian.PutUint32(block[32:], uint32(len(block)))
		binary.LittleEndian.PutUint32(block[crcAt:], 0)
		if checksum {
			binary.LittleEndian.PutUint32(block[crcAt:], crc32.Checksum(block, castagnoli()))
		}
		p, off = p[len(block):], off+int64(len(block))
	}
}

// checkBlocks holds what was read at off against what stampBlocks made. at is the offset
// of the first block that differs, and the error says in what.
func checkBlocks(p []byte, id blockID, off int64) (at int64, err error) {
	for len(p) > 0 {
		block := p[:min(blockBytes, len(p))]
		if err := checkBlock(block, id, off); err != nil {
			return off, err
		}
		p, off = p[len(block):], off+int64(len(block))
	}
	return 0, nil
}

// checkBlock changes the checksum in the block to 0.
func checkBlock(block []byte, id blockID, off int64) error {
	field := func(at int) uint64 { return binary.LittleEndian.Uint64(block[at:]) }
	stored := binary.LittleEndian.Uint32(block[crcAt:])
	binary.LittleEndian.PutUint32(block[crcAt:], 0)
	sum := crc32.Checksum(block, castagnoli())
	switch {
	case field(0) != blockMagic:
		return fmt.Errorf("not a block that lbench wrote: it begins with %x", block[:8])
	case sum != stored:
		return fmt.Errorf("its checksum is %08x, its bytes give %08x", stored, sum)
	case field(8) != id.seed:
		return fmt.Errorf("a block of another run: its seed is %d, want %d", int64(field(8)), int64(id.seed))
	case field(16) != id.file:
		return fmt.Errorf("a block of another file")
	case field(24) != uint64(off):
		return fmt.Errorf("the block of offset %d", int64(field(24)))
	case int(binary.LittleEndian.Uint32(block[32:])) != len(block):
		return fmt.Errorf("a block of %d bytes, want %d", binary.LittleEndian.Uint32(block[32:]), len(block))
	}
	return nil
}

// castagnoli returns the one table of its polynomial that the standard library keeps.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// freshBytes is about how much a stream writes before its random bytes repeat: more
// than the records in which file systems look for what can be compressed.
const freshBytes = 512 << 10

// contentSize is the memory of one slot, whose operations take op bytes each.
func contentSize(j Job, op int) int {
	if j.Op == Read {
		return op
	}
	return op * int(max(1, freshBytes/(int64(op)*int64(j.Depth))))
}

// content is the memory of one slot: of a read one buffer, of writes several in turn.
type content struct {
	buf []byte
	at  int // where the next write's bytes begin
}

// prepare fills the memory, so that the kernel has to find none for it while the clock
// runs: with random bytes that depend on the job's seed and the slot, for writes.
func (c *content) prepare(j Job, buf []byte, number uint64) {
	c.buf = buf
	if j.Op == Read {
		clear(buf)
		return
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(j.Seed))
	binary.LittleEndian.PutUint64(seed[8:], number)
	_, _ = rand.NewChaCha8(seed).Read(buf) // never fails
}

// buffer is room for a read of n bytes.
func (c *content) buffer(n int) []byte { return c.buf[:n] }

// next is the random bytes of a write of n bytes, where each takes op bytes of memory.
func (c *content) next(n, op int) []byte {
	p := c.buf[c.at:][:n]
	if c.at += op; c.at == len(c.buf) {
		c.at = 0
	}
	return p
}

// stamped is the bytes that a slot is to write.
func (r *nativeRun) stamped(sl *slot) []byte {
	p := sl.content.next(sl.op.n, int(r.job.OpBytes))
	stampBlocks(p, sl.file.id, sl.op.off, r.job.Verify)
	return p
}
