package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/lbench/lbench/internal/monitoringtest"
)

const (
	bucketsWall  = 2 * time.Second // 12 buckets, 24 h, 4 methods
	bucketsBytes = 200_000_000     // resident, 1,000 buckets
)

// buckets asks a monitoring server on loopback with the built binary: 24 h of 12 buckets
// with 4 methods each, then 1,000 buckets. What it prints must be what was served.
func buckets(b *bench) (outcome, error) {
	few, err := newMonitored(b, 12, 24*60, 4)
	if err != nil {
		return outcome{}, err
	}
	var wall []float64
	for range b.rounds {
		c, err := few.ask(b)
		if err != nil {
			return outcome{}, err
		}
		wall = append(wall, c.wall.Seconds())
	}
	few.close()
	many, err := newMonitored(b, 1000, 24*60, 1)
	if err != nil {
		return outcome{}, err
	}
	defer many.close()
	c, err := many.ask(b)
	if err != nil {
		return outcome{}, err
	}
	return outcome{
		got: fmt.Sprintf("%.2f s; %d MB", median(wall), c.maxBytes/1e6), met: median(wall) <= bucketsWall.Seconds() && c.maxBytes <= bucketsBytes,
		how: fmt.Sprintf("12 buckets, 1,440 minutes, 4 methods: median of %d, %.2f to %.2f s; 1,000 buckets, 1,440 minutes: %.1f s; totals equal to the byte",
			b.rounds, slices.Min(wall), slices.Max(wall), c.wall.Seconds()),
	}, nil
}

// monitored is a server with known traffic, in a process of its own: the kernel counts what
// a parent holds as its child's largest size.
type monitored struct {
	cmd      *exec.Cmd
	stdin    io.Closer
	endpoint string
	from, to time.Time
	sent     float64
}

const serveFlag = "-serve-buckets"

func newMonitored(b *bench, buckets, minutes, methods int) (*monitored, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	m := &monitored{from: time.Now().UTC().Truncate(time.Hour).Add(-25 * time.Hour)}
	m.to = m.from.Add(time.Duration(minutes) * time.Minute)
	m.cmd = exec.CommandContext(b.ctx, self, serveFlag, fmt.Sprint(buckets), fmt.Sprint(minutes), fmt.Sprint(methods), m.from.Format(time.RFC3339))
	m.cmd.Stderr = os.Stderr
	if m.stdin, err = m.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := fmt.Fscan(out, &m.endpoint, &m.sent); err != nil {
		m.close()
		return nil, fmt.Errorf("start the monitoring server: %w", err)
	}
	return m, nil
}

func (m *monitored) close() {
	_ = m.stdin.Close()
	_ = m.cmd.Wait()
}

// serveBuckets is the other process: it serves until its stdin ends.
func serveBuckets(args []string) error {
	var n [3]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(args[i]); err != nil {
			return err
		}
	}
	from, err := time.Parse(time.RFC3339, args[3])
	if err != nil {
		return err
	}
	server, err := monitoringtest.Start(context.Background(), monitoringtest.Options{Project: "p"})
	if err != nil {
		return err
	}
	defer server.Close()
	var sent int64
	for k := range n[0] {
		for i := range n[1] {
			for method := range n[2] {
				bytes := int64(1e9 + k*1000 + i)
				server.Serve(fmt.Sprintf("vdev-%04d", k), fmt.Sprintf("Method%d", method), "OK", from.Add(time.Duration(i)*time.Minute), bytes, 0, 1000)
				sent += bytes
			}
		}
	}
	fmt.Println(server.Endpoint(), sent)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func (m *monitored) ask(b *bench) (child, error) {
	c, err := b.process("", b.lbench, "telemetry", "gcs", "--project", "p", "--endpoint", m.endpoint, "--bucket-prefix", "vdev-",
		"--from", m.from.Format(time.RFC3339), "--to", m.to.Format(time.RFC3339), "--json")
	if err != nil {
		return c, err
	}
	var got struct {
		Sent float64 `json:"sent_bytes"`
	}
	if err := json.Unmarshal(c.stdout, &got); err != nil {
		return c, err
	}
	if got.Sent != m.sent {
		return c, fmt.Errorf("%v bytes were printed, %v were served", got.Sent, m.sent)
	}
	return c, nil
}
