package result

// MadeBytes is the engine of a run that makes its bytes in memory, mem or null; empty: the run
// moved those of a storage.
func (r Run) MadeBytes() string {
	engine, _ := r.Settings["engine"].Value.(string)
	if r.Block != nil {
		engine = r.Block.Engine
	}
	if engine == "null" || engine == "mem" {
		return engine
	}
	return ""
}
