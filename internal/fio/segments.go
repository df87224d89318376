package fio

import "sort"

// Segment is a part of one file, done by one stream.
type Segment struct {
	File       int // index into Job.Files
	Off, Bytes int64
}

// Segments says which parts of the files each stream does, so that every byte belongs
// to exactly one. With at least as many files as streams, stream i has the whole files
// i, i+Jobs, i+2*Jobs and so on. With fewer, each file is cut into the same number of
// parts, equal to an op, and the parts are dealt in the order of the files. Files too
// small for that many parts leave it to larger ones to be cut into more: a stream is
// without work only where there are fewer ops than streams.
func (j Job) Segments() ([][]Segment, error) {
	if err := j.Validate(); err != nil {
		return nil, err
	}
	return j.deal(), nil
}

// deal is Segments of a job that is known to be valid.
func (j Job) deal() [][]Segment {
	streams := make([][]Segment, j.Jobs)
	for i, s := range j.cut() {
		streams[i%j.Jobs] = append(streams[i%j.Jobs], s)
	}
	return streams
}

// whole is all files, each in one part.
func (j Job) whole() []Segment {
	all := make([]Segment, len(j.Files))
	for i, f := range j.Files {
		all[i] = Segment{File: i, Bytes: f.Bytes}
	}
	return all
}

// Even says whether every stream has as many files or parts of files as any other,
// which is all that the jobs of one fio(1) section can express.
func (j Job) Even() bool {
	return j.Jobs > 0 && len(j.Files) > 0 && (len(j.Files)%j.Jobs == 0 || j.Jobs%len(j.Files) == 0)
}

// cut returns all segments in the order of the files.
func (j Job) cut() []Segment {
	parts := j.partsOfFile()
	var all []Segment
	for i, f := range j.Files {
		n := min(parts, j.opsOf(f))
		for p := range n {
			from, to := j.edge(f, p, n), j.edge(f, p+1, n)
			all = append(all, Segment{File: i, Off: from, Bytes: to - from})
		}
	}
	return all
}

// edge is where part p of n begins in a file: at a multiple of the op size.
func (j Job) edge(f File, p, n int64) int64 {
	ops := j.opsOf(f)
	// p*ops/n, in a way that doesn't overflow
	return min(f.Bytes, (p*(ops/n)+p*(ops%n)/n)*j.OpBytes)
}

// partsOfFile is the least number of parts to cut each file into, as far as it has as
// many ops, that gives each stream one.
func (j Job) partsOfFile() int64 {
	if len(j.Files) >= j.Jobs {
		return 1
	}
	return 1 + int64(sort.Search(j.Jobs-1, func(k int) bool {
		var parts int64
		for _, f := range j.Files {
			parts += min(int64(k)+1, j.opsOf(f))
		}
		return parts >= int64(j.Jobs)
	}))
}

// opsOf is how many ops a file has, the shorter last one included.
func (j Job) opsOf(f File) int64 { return (f.Bytes + j.OpBytes - 1) / j.OpBytes }
