package ioengine

import "fmt"

// makerOf gives the engine that a wrapper passes on to whatever makes or changes files.
func makerOf(e Engine) (Maker, error) {
	if m, ok := e.(Maker); ok {
		return m, nil
	}
	return nil, fmt.Errorf("write through an engine of type %T: it only reads", e)
}

// make creates a file or opens it to change it, as kind says.
func (kind OpKind) make(e Engine, name string) (WriteFile, error) {
	m, err := makerOf(e)
	switch {
	case err != nil:
		return nil, err
	case kind == OpCreate:
		return m.Create(name)
	}
	return m.Modify(name)
}

func rename(e Engine, from, to string) error {
	m, err := makerOf(e)
	if err != nil {
		return err
	}
	return m.Rename(from, to)
}

func remove(e Engine, name string) error {
	m, err := makerOf(e)
	if err != nil {
		return err
	}
	return m.Remove(name)
}
