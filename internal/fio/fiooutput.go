package fio

import "bytes"

// maxSaid is how many bytes are kept of what fio says besides its results.
const maxSaid = 8 << 10

// said keeps the first bytes of what fio writes to stderr, or between its documents.
type said struct{ bytes.Buffer }

// Write keeps what there is room for. It gives no error.
func (s *said) Write(p []byte) (int, error) {
	s.Buffer.Write(p[:min(len(p), max(0, maxSaid-s.Len()))])
	return len(p), nil
}

// fioOutput splits what fio writes to stdout, as it comes, into its documents and what it
// says between them. A document begins with a line "{" and ends with a line "}"; no line
// within it begins with anything but a space.
type fioOutput struct {
	document func(raw []byte) // is given each, to keep
	notes    said
	line     []byte // not ended yet
	within   []byte // the document that has begun; nil: none
}

// Write takes the next part of the output. It gives no error.
func (o *fioOutput) Write(p []byte) (int, error) {
	n := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			break
		}
		o.take(append(o.line, p[:end+1]...))
		o.line, p = o.line[:0], p[end+1:]
	}
	o.line = append(o.line, p...)
	if o.within == nil && len(o.line) > maxSaid { // not fio's
		_, _ = o.notes.Write(o.line)
		o.line = o.line[:0]
	}
	return n, nil
}

// close ends the last line.
func (o *fioOutput) close() {
	if len(o.line) > 0 {
		o.take(append(o.line, '\n'))
		o.line = nil
	}
}

func (o *fioOutput) take(line []byte) {
	switch {
	case string(line) == "{\n":
		o.within = append([]byte{}, line...)
	case o.within == nil || line[0] != ' ' && line[0] != '}':
		_, _ = o.notes.Write(line)
	default:
		o.within = append(o.within, line...)
		if line[0] == '}' {
			o.document(o.within)
			o.within = nil
		}
	}
}

// cutShort says whether the output ended within a document.
func (o *fioOutput) cutShort() bool { return o.within != nil }
