package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/telemetry"
)

const (
	clockExchanges = 16 // the first waits for the login; the best one counts
	clockTimeout   = 20 * time.Second
)

// tellTime answers each line of stdin with itself, a space and the time in nanoseconds since
// 1970, until stdin ends.
func (a *app) tellTime() error {
	in := bufio.NewScanner(a.stdin)
	for in.Scan() {
		if _, err := fmt.Fprintf(a.stdout, "%s %d\n", in.Text(), a.now().UnixNano()); err != nil {
			return fmt.Errorf("telemetry record: %w", err)
		}
	}
	return wrap("telemetry record", in.Err())
}

// measureClock asks another machine for its time, over a connection of its own.
func (a *app) measureClock(ctx context.Context, m remote) (telemetry.Offset, error) {
	ctx, cancel := context.WithTimeout(ctx, clockTimeout)
	defer cancel()
	s, err := m.start(ctx, "--clock")
	if err != nil {
		return telemetry.Offset{}, err
	}
	exchanges := exchangeTimes(s.ask, s.stdout, a.now)
	s.stop(5 * time.Second)
	_, _ = io.Copy(io.Discard, s.stdout) // to its end, as wait wants it
	err = s.wait()
	offset, ok := telemetry.EstimateOffset(exchanges)
	switch {
	case ok:
		return offset, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return offset, fmt.Errorf("no answer for %v", clockTimeout)
	case ctx.Err() != nil:
		return offset, context.Cause(ctx)
	case err == nil:
		err = fmt.Errorf("%s on %s doesn't tell the time", m.lbench, m.host)
	}
	return offset, err
}

// exchangeTimes asks clockExchanges times, or until no answer comes any more.
func exchangeTimes(ask io.Writer, answers *bufio.Reader, now func() time.Time) []telemetry.Exchange {
	var all []telemetry.Exchange
	for i := range clockExchanges {
		key := "time" + strconv.Itoa(i)
		sent := now()
		if _, err := io.WriteString(ask, key+"\n"); err != nil {
			return all
		}
		there, err := answerTo(key, answers)
		if err != nil {
			return all
		}
		all = append(all, telemetry.Exchange{Sent: sent, Took: now().Sub(sent), There: there})
	}
	return all
}

// answerTo reads the time that answers a question; other lines, such as those of a login
// script, are passed over.
func answerTo(key string, answers *bufio.Reader) (time.Time, error) {
	for {
		line, err := readLine(answers)
		if err != nil {
			return time.Time{}, err
		}
		if name, digits, ok := strings.Cut(strings.TrimSpace(string(line)), " "); ok && name == key {
			if ns, err := strconv.ParseInt(digits, 10, 64); err == nil {
				return time.Unix(0, ns).UTC(), nil
			}
		}
	}
}

// clockReadings tell a measurement, at its time by the other machine's clock. than is the
// machine that it is held against.
func clockReadings(offset telemetry.Offset, than string) []result.Reading {
	reading := func(name string, value time.Duration) result.Reading {
		return result.Reading{T: offset.At, Source: result.RecorderSource, Name: name, Labels: map[string]string{"than": than}, Value: float64(value)}
	}
	return []result.Reading{reading(result.ClockAhead, offset.Ahead), reading(result.ClockError, offset.Error)}
}
