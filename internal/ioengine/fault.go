package ioengine

import (
	"strings"
	"sync"
	"time"
)

// FaultRule says which operations go wrong, and how. The zero value matches every read
// and does nothing to it.
type FaultRule struct {
	// What it matches.
	Op       OpKind // OpRead if empty
	Name     string // files whose name contains it; empty: all
	From, To int64  // reads and writes that touch bytes From..To-1; To 0: up to the end
	Nth      int    // only the nth operation that matches, from 1; 0: each

	// What it does, in this order.
	Delay time.Duration   // waits, on the time package's clock
	Hang  <-chan struct{} // waits until the test closes it; nil: doesn't
	Err   error           // fails with it (of a read or write: after Keep bytes); nil: goes on
	Keep  int             // bytes moved before Err: a short read or a partial write
	Flip  bool            // inverts the byte at From; only reads and writes that hold it match
}

// Fault makes operations of an engine fail, for tests. It is a Maker where e is. Its files only block: they have
// neither TryReadAt nor View.
type Fault struct {
	Engine
	rules []FaultRule

	mu    sync.Mutex
	seen  []int // matches by rule
	fired []int
}

// NewFault wraps e. Every rule that matches an operation acts on it, in the order given,
// until one fails it.
func NewFault(e Engine, rules ...FaultRule) *Fault {
	return &Fault{Engine: e, rules: rules, seen: make([]int, len(rules)), fired: make([]int, len(rules))}
}

// Fired is how often rule i has acted, so that a test can demand that each did.
func (f *Fault) Fired(i int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired[i]
}

// Open implements Engine.
func (f *Fault) Open(name string) (File, error) {
	if _, _, err := f.strike(Op{Kind: OpOpen, Name: name}); err != nil {
		return nil, err
	}
	file, err := f.Engine.Open(name)
	if err != nil {
		return nil, err
	}
	return faultFile{file, f, name}, nil
}

type faultFile struct {
	File
	fault *Fault
	name  string
}

func (f faultFile) ReadAt(p []byte, off int64) (int, error) {
	keep, flips, fail := f.fault.strike(Op{OpRead, f.name, off, len(p)})
	n, err := f.File.ReadAt(p, off) // all of it, since direct reads can't be cut anywhere
	for _, at := range flips {
		if i := at - off; i < int64(n) {
			p[i] ^= 0xff
		}
	}
	if fail != nil {
		n, err = min(n, keep), fail
		clear(p[n:])
	}
	return n, err
}

// Close always closes the file, and then fails if a rule says so.
func (f faultFile) Close() error {
	_, _, fail := f.fault.strike(Op{Kind: OpClose, Name: f.name})
	if err := f.File.Close(); err != nil {
		return err
	}
	return fail
}

// strike lets the matching rules act on an operation. It returns how many bytes to
// move, at which offsets to invert one, and the error to end with.
func (f *Fault) strike(o Op) (keep int, flips []int64, err error) {
	for i, rule := range f.rules {
		if !f.fires(i, o) {
			continue
		}
		time.Sleep(rule.Delay)
		if rule.Hang != nil {
			<-rule.Hang
		}
		if rule.Flip {
			flips = append(flips, rule.From)
		}
		if rule.Err != nil {
			return min(rule.Keep, o.Length), flips, rule.Err
		}
	}
	return o.Length, flips, nil
}

// fires counts the operation for rule i and says whether the rule acts on it.
func (f *Fault) fires(i int, o Op) bool {
	rule := f.rules[i]
	if !rule.matches(o) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[i]++
	if rule.Nth != 0 && rule.Nth != f.seen[i] {
		return false
	}
	f.fired[i]++
	return true
}

func (r FaultRule) matches(o Op) bool {
	if o.Kind != r.Op && (r.Op != "" || o.Kind != OpRead) || !strings.Contains(o.Name, r.Name) {
		return false
	}
	if !o.moves() {
		return true
	}
	from, end := o.Offset, o.Offset+int64(o.Length)
	if r.Flip {
		return from <= r.From && r.From < end
	}
	return end > r.From && (r.To == 0 || from < r.To)
}
