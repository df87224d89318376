// Package telemetry reads what the host says of itself while a run goes on.
//
//  1. Host describes the machine once: CPUs, memory, limits, network interfaces.
//  2. Sources lists what can be read again and again: one file of this package each.
//  3. A Sampler reads them at the start, every tick, at the edges of a measurement
//     window (Now) and at the end, and hands each round of readings on.
//
// Counters are cumulative as the kernel has them, scaled to bytes and nanoseconds;
// rates come later, from the differences. A source that fails is a gap, never a failed
// run. Every path starts at a root, so that captures of other machines serve as tests.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbench/lbench/internal/result"
)

// ErrNoData says that a source doesn't exist on this machine.
var ErrNoData = errors.New("no data")

// Source is one place that telemetry comes from.
type Source interface {
	// Name is the source of its readings, such as "nic".
	Name() string
	// Read takes all readings now. Absent on this machine is ErrNoData. What could
	// be read before an error is returned with it.
	Read(ctx context.Context) ([]result.Reading, error)
}

// Sources lists the sources of the host whose file tree is at root ("/" but in tests).
func Sources(root string) []Source {
	return []Source{
		cpu{root: root},
		process{root: root},
		memory{root: root},
		pressure{root: root},
		nic{root: root},
		infiniband{root: root},
		disk{root: root},
		tcp{root: root},
		nfs{root: root},
		lustre{root: root},
		lustreServer{root: root},
		zfs{root: root},
		clock{adjtimex: unix.Adjtimex},
	}
}

// readings collects what a source took at one time.
type readings struct {
	t      time.Time
	source string
	all    []result.Reading
}

func (r *readings) add(name string, value float64) {
	r.all = append(r.all, result.Reading{T: r.t, Source: r.source, Name: name, Value: value})
}

func (r *readings) addDev(name, dev string, value float64) {
	r.all = append(r.all, result.Reading{T: r.t, Source: r.source, Name: name, Labels: map[string]string{"dev": dev}, Value: value})
}

// text returns a small file without surrounding space; absent or unreadable is "".
func text(path ...string) string {
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// number returns the integer in a small file, if there is one.
func number(path ...string) (int64, bool) {
	n, err := strconv.ParseInt(text(path...), 10, 64)
	return n, err == nil
}

// absent turns the errors of a file that this kernel or machine doesn't have into
// ErrNoData. EOPNOTSUPP is what reading pressure gives with psi=0.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EOPNOTSUPP) {
		return fmt.Errorf("%w: %w", ErrNoData, err)
	}
	return err
}
