package monitoringtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Total is what a bucket moved in some time: bytes it sent to clients, bytes it received
// from them, and requests.
type Total struct {
	SentBytes, ReceivedBytes, Requests int64
}

func (t Total) plus(o Total) Total {
	return Total{t.SentBytes + o.SentBytes, t.ReceivedBytes + o.ReceivedBytes, t.Requests + o.Requests}
}

// truth is what each bucket moved in each Unix second. It is kept apart from the points, so
// that an error in their minutes shows.
type truth map[string]map[int64]Total

func (t truth) add(bucket string, at time.Time, moved Total) {
	if t[bucket] == nil {
		t[bucket] = map[int64]Total{}
	}
	t[bucket][at.Unix()] = t[bucket][at.Unix()].plus(moved)
}

// Serve books traffic of a bucket at a moment: bytes sent and received, and requests, of
// one API method (ReadObject, WriteObject, ...) and response code (OK, ...). A negative
// amount is a mistake of the caller, and panics.
func (s *Server) Serve(bucket, method, code string, t time.Time, sentBytes, receivedBytes, requests int64) {
	if sentBytes < 0 || receivedBytes < 0 || requests < 0 {
		panic(fmt.Sprintf("monitoringtest: bucket %q can't serve %d bytes sent, %d received, %d requests: none may be negative",
			bucket, sentBytes, receivedBytes, requests))
	}
	moved := Total{sentBytes, receivedBytes, requests}
	start := t.UTC().Truncate(time.Minute)
	id := labels{project: s.options.Project, location: s.options.Location, bucket: bucket, method: method, code: code}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.truth.add(bucket, t, moved)
	for _, m := range metrics() {
		id.metric = m.kind
		if amount := m.of(moved); amount > 0 {
			s.store.add(id, point{start, start.Add(time.Minute), amount})
		}
	}
}

// Served is the truth: what a bucket moved from a moment until another, the latter not
// included, both cut to whole seconds. A loaded point counts in full at its start.
func (s *Server) Served(bucket string, from, to time.Time) Total {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total Total
	for second, moved := range s.truth[bucket] {
		if second >= from.Unix() && second < to.Unix() {
			total = total.plus(moved)
		}
	}
	return total
}

// labels name a series.
type labels struct {
	metric, project, location, bucket, method, code string
}

// series is one line of points. Only its points ever change.
type series struct {
	labels
	key    string
	points []point // by end, ascending; no two with one end
}

// point is an amount that came in (start, end].
type point struct {
	start, end time.Time
	amount     int64
}

// label reads a label by the name that filters and answers use.
func (s labels) label(name string) string {
	switch name {
	case "metric.type":
		return s.metric
	case "resource.type":
		return resourceType
	case "project", "resource.labels.project_id":
		return s.project
	case "resource.labels.location":
		return s.location
	case "resource.labels.bucket_name":
		return s.bucket
	case "metric.labels.method":
		return s.method
	case "metric.labels.response_code":
		return s.code
	}
	return ""
}

// order sorts series: by metric, then by bucket, and then by the rest.
func (s labels) order() string {
	return strings.Join([]string{s.metric, s.bucket, s.method, s.code, s.location, s.project}, "\x00")
}

// store holds all series.
type store struct {
	of     map[labels]*series
	sorted []*series // by key
}

// add puts a point into the series of that name, and adds it to the point there that has
// the same end.
func (st *store) add(name labels, p point) {
	line := st.of[name]
	if line == nil {
		line = &series{labels: name, key: name.order()}
		st.of[name] = line
		i, _ := slices.BinarySearchFunc(st.sorted, line, func(a, b *series) int { return strings.Compare(a.key, b.key) })
		st.sorted = slices.Insert(st.sorted, i, line)
	}
	i, found := slices.BinarySearchFunc(line.points, p, func(a, b point) int { return a.end.Compare(b.end) })
	if !found {
		line.points = slices.Insert(line.points, i, p)
		return
	}
	line.points[i].amount += p.amount
	if p.start.Before(line.points[i].start) {
		line.points[i].start = p.start
	}
}
