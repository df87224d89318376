package ioengine

// Create implements Maker.
func (f *Fault) Create(name string) (WriteFile, error) { return f.make(OpCreate, name) }

// Modify implements Maker.
func (f *Fault) Modify(name string) (WriteFile, error) { return f.make(OpModify, name) }

func (f *Fault) make(kind OpKind, name string) (WriteFile, error) {
	if _, _, err := f.strike(Op{Kind: kind, Name: name}); err != nil {
		return nil, err
	}
	file, err := kind.make(f.Engine, name)
	if err != nil {
		return nil, err
	}
	return faultWriteFile{faultFile{file, f, name}, file}, nil
}

// Rename implements Maker. Rules see both names, with " to " between.
func (f *Fault) Rename(from, to string) error {
	if _, _, err := f.strike(renames(from, to)); err != nil {
		return err
	}
	return rename(f.Engine, from, to)
}

// Remove implements Maker.
func (f *Fault) Remove(name string) error {
	if _, _, err := f.strike(Op{Kind: OpRemove, Name: name}); err != nil {
		return err
	}
	return remove(f.Engine, name)
}

type faultWriteFile struct {
	faultFile
	file WriteFile
}

// WriteAt writes what the rules leave of p: to a direct file Keep must be whole blocks.
func (f faultWriteFile) WriteAt(p []byte, off int64) (int, error) {
	keep, flips, fail := f.fault.strike(Op{OpWrite, f.name, off, len(p)})
	if len(flips) > 0 {
		buffers := NewBuffers(len(p)) // p is the caller's; a direct file wants it aligned
		defer buffers.Free()
		wrong, err := buffers.Get()
		if err != nil {
			return 0, err
		}
		copy(wrong, p)
		for _, at := range flips {
			wrong[at-off] ^= 0xff
		}
		p = wrong
	}
	n, err := f.file.WriteAt(p[:keep], off)
	if err == nil {
		err = fail
	}
	return n, err
}

// Sync fails without syncing.
func (f faultWriteFile) Sync() error {
	if _, _, err := f.fault.strike(Op{Kind: OpSync, Name: f.name}); err != nil {
		return err
	}
	return f.file.Sync()
}
