package ioengine

// Maker is an Engine whose files can be made and written too.
type Maker interface {
	Engine
	// Create makes a new file, to write and read it. Where there is one of that name
	// the error is fs.ErrExist. Folders that are missing are an error.
	Create(name string) (WriteFile, error)
	// Modify opens a file that is there, to write and read it.
	Modify(name string) (WriteFile, error)
	// Rename gives a file another name, in place of the file that may have it.
	Rename(from, to string) error
	// Remove deletes a file.
	Remove(name string) error
}

// WriteFile is a File that can be written.
type WriteFile interface {
	File
	// WriteAt writes all of p at offset off and waits as long as it takes. n < len(p)
	// only with an error.
	WriteAt(p []byte, off int64) (n int, err error)
	// Sync waits until what was written is on stable storage (fsync).
	Sync() error
}

// Hinter is a File that can be told how it is going to be read.
type Hinter interface {
	// Hint announces reads at random offsets, or at increasing ones, as
	// posix_fadvise(2) does and as fio does by default.
	Hint(random bool) error
}
