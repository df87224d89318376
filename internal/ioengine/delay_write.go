package ioengine

import "time"

// Create implements Maker.
func (d *Delay) Create(name string) (WriteFile, error) { return d.make(OpCreate, name) }

// Modify implements Maker.
func (d *Delay) Modify(name string) (WriteFile, error) { return d.make(OpModify, name) }

func (d *Delay) make(kind OpKind, name string) (WriteFile, error) {
	f, err := kind.make(d.Engine, name)
	if err != nil {
		return nil, err
	}
	return delayWriteFile{delayFile{f, d}, f}, nil
}

// Rename implements Maker.
func (d *Delay) Rename(from, to string) error { return rename(d.Engine, from, to) }

// Remove implements Maker.
func (d *Delay) Remove(name string) error { return remove(d.Engine, name) }

type delayWriteFile struct {
	delayFile
	file WriteFile
}

func (f delayWriteFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.file.WriteAt(p, off)
	time.Sleep(f.delay.pass(n))
	return n, err
}

func (f delayWriteFile) Sync() error {
	err := f.file.Sync()
	time.Sleep(f.delay.latency)
	return err
}
