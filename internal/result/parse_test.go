package result

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stepLines are lines of steps in the Writer's spelling and in others.
func stepLines() []string {
	return []string{
		string(appendStep(nil, Step{})),
		string(appendStep(nil, Step{Epoch: 1, Step: 2, Rank: 3, StartNS: 4, Wait: -5, Compute: 6, Barrier: 7, Read: 8, Work: 9})),
		string(appendStep(nil, Step{Epoch: math.MaxInt, StartNS: math.MaxInt64, Wait: math.MinInt64, Work: 999_999_999_999_999_999})),
		`{"step":2,"epoch":1}` + "\n",
		`{"epoch": 1,"step":2}` + "\n",
		`{"epoch":1,"step":2,"rank":3,"start_ns":4,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9,"more":1}` + "\n",
		`{"epoch":1,"step":2,"rank":3,"start_ns":4,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9}x` + "\n",
		`{"epoch":1,"step":2,"rank":3,"start_ns":4,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9} ` + "\n",
		`{"epoch":01,"step":2,"rank":3,"start_ns":4,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9}` + "\n",
		`{"epoch":1e1,"step":2,"rank":3,"start_ns":4,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9}` + "\n",
		`{"epoch":-0,"step":-,"rank":3,"start_ns":4,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9}` + "\n",
		`{"epoch":NaN}` + "\n", "null\n", "[]\n", "\n", "{}\n", "{}", "",
		`{"epoch":1,"step":2,"rank":3,"start_ns":9223372036854775808,"wait_ns":5,"compute_ns":6,"barrier_ns":7,"read_ns":8,"work_ns":9}` + "\n",
	}
}

func checkStep(t *testing.T, line string) {
	t.Helper()
	var want Step
	wantErr := json.Unmarshal([]byte(line), &want)
	got, err := parseStep([]byte(line))
	if (err == nil) != (wantErr == nil) || err == nil && got != want {
		t.Errorf("%q gives %+v, %v; encoding/json gives %+v, %v", line, got, err, want, wantErr)
	}
}

func TestParseStep(t *testing.T) {
	for _, line := range stepLines() {
		checkStep(t, line)
	}
}

func FuzzParseStep(f *testing.F) {
	for _, line := range stepLines() {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) { checkStep(t, line) })
}

// readingLines are lines of readings in the Writer's spelling and in others.
func readingLines(t interface{ Fatal(...any) }) []string {
	at := time.Date(2026, 11, 25, 4, 32, 49, 706467483, time.UTC)
	var lines []string
	for _, r := range []Reading{
		{T: at, Source: "cpu", Name: "busy_ns", Value: 11318700000000},
		{T: at.Truncate(time.Second), Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: 509938966},
		{T: at.In(time.FixedZone("", 3600)), Source: "x", Labels: map[string]string{"a": "}", "b": `"`, "c": "ü\u2028"}, Value: -1.5e-9},
		{Source: "t\\t", Name: "<é>", Labels: map[string]string{}, Value: 1e300},
		{T: at, Source: "telemetry", Name: "gap", Labels: map[string]string{"error": "a {b} c", "source": "nfs"}, Value: 1},
		{T: at, Value: 123456789012345678}, {T: at, Value: 1e15}, {T: at, Value: math.Copysign(0, -1)}, {T: at, Value: 0.1}, {T: at, Value: math.MaxFloat64},
	} {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line)+"\n")
	}
	const head = `{"t":"2026-11-25T04:32:49Z","source":"cpu","name":"busy_ns"`
	for _, tail := range []string{
		`,"value":1}`, `,"value":01}`, `,"value":1.}`, `,"value":.5}`, `,"value":1e}`, `,"value":1e+2}`, `,"value":+1}`, `,"value":-}`,
		`,"value":NaN}`, `,"value":Infinity}`, `,"value":0x10}`, `,"value":1e999}`, `,"value":1_0}`, `,"value":null}`, `,"value":"1"}`, `,"value":1}}`,
		`,"labels":null,"value":1}`, `,"labels":{},"value":1}`, `,"labels":{"dev":null},"value":1}`, `,"labels":{"dev":{"a":"b"}},"value":1}`,
		`,"labels":{"dev":"a","dev":"b"},"value":2}`, `,"labels":{"dev":1},"value":2}`, `,"labels":{"dev":"a","value":2}`, `,"Value":3}`, `}`, `,"labels":{"d`,
	} {
		lines = append(lines, head+tail+"\n")
	}
	return append(lines, `{"t":"2026-11-25 04:32:49Z","source":"cpu","name":"busy_ns","value":1}`+"\n", `{"t":null,"source":"a","name":"b","value":1}`+"\n",
		"{\"t\":\"2026-11-25T04:32:49Z\",\"source\":\"a\xff\",\"name\":\"b\",\"value\":1}\n", "{}", "", "\n")
}

// checkReading reads a line twice, since the second time words and labels are known.
func checkReading(t *testing.T, p *readingParser, line string) {
	t.Helper()
	var want Reading
	wantErr := json.Unmarshal([]byte(line), &want)
	for range 2 {
		got, err := p.parse([]byte(line))
		same := reflect.DeepEqual(got, want) && math.Signbit(got.Value) == math.Signbit(want.Value)
		if (err == nil) != (wantErr == nil) || err == nil && !same {
			t.Errorf("%q gives %+v, %v; encoding/json gives %+v, %v", line, got, err, want, wantErr)
		}
	}
}

func TestParseReading(t *testing.T) {
	p := newReadingParser()
	for _, line := range readingLines(t) {
		checkReading(t, p, line)
	}
}

func FuzzParseReading(f *testing.F) {
	for _, line := range readingLines(f) {
		f.Add(line)
	}
	p := newReadingParser()
	f.Fuzz(func(t *testing.T, line string) { checkReading(t, p, line) })
}

// TestOwnSpellingIsFast: lines that a Writer wrote never reach encoding/json, which
// would allocate, and other lines do.
func TestOwnSpellingIsFast(t *testing.T) {
	step := appendStep(nil, Step{Epoch: 3, Step: 691, Rank: 47, StartNS: 1_730_000_000, Wait: 224_001_234, Compute: 3, Barrier: 4, Read: 5, Work: 6})
	reading, err := json.Marshal(Reading{T: start, Source: "nic", Name: "rx_bytes", Labels: map[string]string{"dev": "eth0"}, Value: 1.25e13})
	if err != nil {
		t.Fatal(err)
	}
	reading = append(reading, '\n')
	p := newReadingParser()
	for name, parse := range map[string]func() error{
		"step":    func() error { _, err := parseStep(step); return err },
		"reading": func() error { _, err := p.parse(reading); return err },
	} {
		if n := testing.AllocsPerRun(100, func() { err = parse() }); n != 0 || err != nil {
			t.Errorf("a %s takes %v allocations, %v; want none", name, n, err)
		}
	}
}

// TestParserForgets: labels that never come again aren't kept without end.
func TestParserForgets(t *testing.T) {
	p := newReadingParser()
	line := `{"t":"2026-11-25T04:32:49Z","source":"@","name":"b@","labels":{"dev":"@"},"value":1}` + "\n"
	for i := range 3 * keptWords {
		text := strings.ReplaceAll(line, "@", time.Duration(i).String())
		r, err := p.parse([]byte(text))
		if diff := cmp.Diff(map[string]string{"dev": time.Duration(i).String()}, r.Labels); err != nil || diff != "" {
			t.Fatalf("%s: %v %s", text, err, diff)
		}
	}
	if len(p.words) > keptWords || len(p.labels) > keptWords {
		t.Errorf("%d words and %d sets of labels are kept, want at most %d", len(p.words), len(p.labels), keptWords)
	}
}
