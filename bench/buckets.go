package main

import (
	"encoding/json"
	"fmt"
	"slices"
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
	few.server.Close()
	many, err := newMonitored(b, 1000, 24*60, 1)
	if err != nil {
		return outcome{}, err
	}
	defer many.server.Close()
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

// monitored is a server with known traffic.
type monitored struct {
	server *monitoringtest.Server
	from   time.Time
	to     time.Time
	sent   float64
}

func newMonitored(b *bench, buckets, minutes, methods int) (*monitored, error) {
	from := time.Now().UTC().Truncate(time.Hour).Add(-25 * time.Hour)
	m := &monitored{from: from, to: from.Add(time.Duration(minutes) * time.Minute)}
	var err error
	if m.server, err = monitoringtest.Start(b.ctx, monitoringtest.Options{Project: "p"}); err != nil {
		return nil, err
	}
	for k := range buckets {
		for i := range minutes {
			for method := range methods {
				bytes := int64(1e9 + k*1000 + i)
				m.server.Serve(fmt.Sprintf("vdev-%04d", k), fmt.Sprintf("Method%d", method), "OK", m.from.Add(time.Duration(i)*time.Minute), bytes, 0, 1000)
				m.sent += float64(bytes)
			}
		}
	}
	return m, nil
}

func (m *monitored) ask(b *bench) (child, error) {
	c, err := b.process("", b.lbench, "telemetry", "gcs", "--project", "p", "--endpoint", m.server.Endpoint(), "--bucket-prefix", "vdev-",
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
