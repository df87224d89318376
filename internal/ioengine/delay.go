package ioengine

import (
	"sync"
	"time"
)

// Delay makes an engine as slow as storage with a latency and a bandwidth that all its
// files share. It is a Maker where e is. It sleeps on the time package's clock, so that testing/synctest makes it
// exact. Its files only block: they have neither TryReadAt nor View.
type Delay struct {
	Engine
	latency   time.Duration
	bytesPerS float64

	mu   sync.Mutex
	free time.Time // when the bytes of all reads and writes so far will have passed
}

// NewDelay wraps e. A read or write ends when its bytes have passed, after those of the
// ones issued before, at bytesPerS, plus latency. bytesPerS 0 is a bandwidth without limit.
// A sync takes the latency. Opening, making, renaming and removing take no time.
func NewDelay(e Engine, latency time.Duration, bytesPerS float64) *Delay {
	return &Delay{Engine: e, latency: latency, bytesPerS: bytesPerS}
}

// Open implements Engine.
func (d *Delay) Open(name string) (File, error) {
	f, err := d.Engine.Open(name)
	if err != nil {
		return nil, err
	}
	return delayFile{f, d}, nil
}

type delayFile struct {
	File
	delay *Delay
}

func (f delayFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	time.Sleep(f.delay.pass(n))
	return n, err
}

// pass reserves the bandwidth for n bytes and returns how long they take from now.
func (d *Delay) pass(n int) time.Duration {
	if d.bytesPerS == 0 {
		return d.latency
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if d.free.Before(now) {
		d.free = now
	}
	d.free = d.free.Add(time.Duration(float64(n) / d.bytesPerS * float64(time.Second)))
	return d.free.Sub(now) + d.latency
}
