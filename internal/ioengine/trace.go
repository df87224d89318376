package ioengine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// OpKind is what an operation does.
type OpKind string

// The operations that an engine and its files have.
const (
	OpOpen   OpKind = "open"
	OpRead   OpKind = "read"
	OpClose  OpKind = "close"
	OpCreate OpKind = "create"
	OpModify OpKind = "modify"
	OpWrite  OpKind = "write"
	OpSync   OpKind = "sync"
	OpRename OpKind = "rename"
	OpRemove OpKind = "remove"
)

// Op is one operation as it was asked for.
type Op struct {
	Kind   OpKind
	Name   string // of the file; of a rename the old and the new one, with " to " between
	Offset int64  // of a read or write, in bytes
	Length int    // of a read or write, in bytes
}

// moves says whether the operation has an offset and a length.
func (o Op) moves() bool { return o.Kind == OpRead || o.Kind == OpWrite }

// renames is the operation that gives a file another name.
func renames(from, to string) Op { return Op{Kind: OpRename, Name: from + " to " + to} }

// String is one line: kind, name, and of a read or write offset and length.
func (o Op) String() string {
	if o.moves() {
		return fmt.Sprintf("%s %s %d %d", o.Kind, o.Name, o.Offset, o.Length)
	}
	return fmt.Sprintf("%s %s", o.Kind, o.Name)
}

// Trace records the operations that reach an engine. It is a Maker where that is. Its files only block: they have
// neither TryReadAt nor View.
type Trace struct {
	Engine

	mu  sync.Mutex
	ops []Op
}

// NewTrace wraps e.
func NewTrace(e Engine) *Trace { return &Trace{Engine: e} }

// Ops returns the operations so far, in the order in which they were issued.
func (t *Trace) Ops() []Op {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.ops)
}

// String is one line for each operation.
func (t *Trace) String() string {
	var b strings.Builder
	for _, o := range t.Ops() {
		fmt.Fprintln(&b, o)
	}
	return b.String()
}

func (t *Trace) record(o Op) {
	t.mu.Lock()
	t.ops = append(t.ops, o)
	t.mu.Unlock()
}

// Open implements Engine.
func (t *Trace) Open(name string) (File, error) {
	t.record(Op{Kind: OpOpen, Name: name})
	f, err := t.Engine.Open(name)
	if err != nil {
		return nil, err
	}
	return traceFile{f, t, name}, nil
}

type traceFile struct {
	File
	trace *Trace
	name  string
}

func (f traceFile) ReadAt(p []byte, off int64) (int, error) {
	f.trace.record(Op{OpRead, f.name, off, len(p)})
	return f.File.ReadAt(p, off)
}

func (f traceFile) Close() error {
	f.trace.record(Op{Kind: OpClose, Name: f.name})
	return f.File.Close()
}
