package ioengine

// Create implements Maker.
func (t *Trace) Create(name string) (WriteFile, error) { return t.make(OpCreate, name) }

// Modify implements Maker.
func (t *Trace) Modify(name string) (WriteFile, error) { return t.make(OpModify, name) }

func (t *Trace) make(kind OpKind, name string) (WriteFile, error) {
	t.record(Op{Kind: kind, Name: name})
	f, err := kind.make(t.Engine, name)
	if err != nil {
		return nil, err
	}
	return traceWriteFile{traceFile{f, t, name}, f}, nil
}

// Rename implements Maker.
func (t *Trace) Rename(from, to string) error {
	t.record(renames(from, to))
	return rename(t.Engine, from, to)
}

// Remove implements Maker.
func (t *Trace) Remove(name string) error {
	t.record(Op{Kind: OpRemove, Name: name})
	return remove(t.Engine, name)
}

type traceWriteFile struct {
	traceFile
	file WriteFile
}

func (f traceWriteFile) WriteAt(p []byte, off int64) (int, error) {
	f.trace.record(Op{OpWrite, f.name, off, len(p)})
	return f.file.WriteAt(p, off)
}

func (f traceWriteFile) Sync() error {
	f.trace.record(Op{Kind: OpSync, Name: f.name})
	return f.file.Sync()
}
