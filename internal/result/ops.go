package result

import "io"

// OpenOps opens ops.hdr, the log of latencies. An error that is fs.ErrNotExist says that
// the run kept none.
func (f *Folder) OpenOps() (io.ReadCloser, error) { return OpenRegular(f.path(OpsFile)) }
