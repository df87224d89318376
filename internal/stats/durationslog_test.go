package stats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
)

// started isn't a whole second, and is before the day of any computer that runs this.
func started() time.Time { return time.UnixMilli(946_684_800_250) }

func sample(ns ...int64) *Durations {
	d := NewDurations(2)
	for _, n := range ns {
		d.Record(n)
	}
	return d
}

// writeLog is a log of three lines; the last has neither tag nor durations.
func writeLog(t testing.TB) []byte {
	var text bytes.Buffer
	log, err := NewDurationsLog(&text, started())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		log.Write("job-0", 0, time.Second, sample(1_000_000, 2_000_000)),
		log.Write("job-31", 1000400*time.Microsecond, 2000800*time.Microsecond, sample(40_000_000)),
		log.Write("", 2*time.Second, 90*time.Minute, &Durations{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return text.Bytes()
}

func TestDurationsLogText(t *testing.T) {
	text := string(writeLog(t))
	encoded, err := sample(40_000_000).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{
		1: "#[Histogram log format version 1.3]",
		2: "#[StartTime: 946684800.250 (seconds since epoch), 2000-01-01T00:00:00Z]",
		3: "#[BaseTime: 946684800.250 (seconds since epoch)]",
		4: `"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"`,
		6: "Tag=job-31,1.000,1.001,40.000," + string(encoded),
	} {
		if got := strings.Split(text, "\n")[i]; got != want {
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, got, want)
		}
	}
}

// visited is what ReadDurationsLog gives, as lines.
func visited(r io.Reader) (lines []string, err error) {
	err = ReadDurationsLog(r, func(tag string, start, end time.Duration, d *Durations) error {
		lines = append(lines, fmt.Sprintf("%s %s-%s count %d median %d", tag, start, end, d.Count(), d.Quantile(0.5)))
		return nil
	})
	return lines, err
}

func TestDurationsLogRoundTrip(t *testing.T) {
	got, err := visited(bytes.NewReader(writeLog(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"job-0 0s-1s count 2 median 1003519",
		"job-31 1s-2.001s count 1 median 40108031",
		" 2s-1h30m0s count 0 median 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The reader of the HdrHistogram library finds the same in a log of ours.
func TestDurationsLogReadByTheLibrary(t *testing.T) {
	reader := hdrhistogram.NewHistogramLogReader(bytes.NewReader(writeLog(t)))
	for i, want := range []struct {
		tag        string
		start, end int64 // ms since the epoch
		count      int64
	}{
		{"job-0", 946_684_800_250, 946_684_801_250, 2},
		{"job-31", 946_684_801_250, 946_684_802_251, 1},
		{"", 946_684_802_250, 946_690_200_250, 0},
	} {
		h, err := reader.NextIntervalHistogram()
		if err != nil || h == nil {
			t.Fatalf("line %d: %v, %v", i, h, err)
		}
		// It cuts off the ms, after a calculation in floating point.
		if h.Tag() != want.tag || h.StartTimeMs()-want.start < -1 || h.StartTimeMs() > want.start ||
			h.EndTimeMs()-want.end < -1 || h.EndTimeMs() > want.end || h.TotalCount() != want.count {
			t.Errorf("line %d: tag %q from %d to %d, count %d, want %+v", i, h.Tag(), h.StartTimeMs(), h.EndTimeMs(), h.TotalCount(), want)
		}
	}
}

// Logs of other tools: one with times since the epoch, one without any comment, and
// the first lines of one that jHiccup wrote, with its relative times and no BaseTime.
func TestReadDurationsLogOfOthers(t *testing.T) {
	const histogram = "HISTFAAAAEV42pNpmSzMwMCgyAABTBDKT4GBgdnNYMcCBvsPEBEJISEuATEZMQ4uASkhIR4nrxg9v2lMaxhvMekILGZkKmcCAEf2CsI="
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"jHiccup": {
			"#[Logged with jHiccup version 2.0.7-SNAPSHOT]\n#[Histogram log format version 1.2]\n" +
				"#[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 08:24:39 PDT 2015]\n" +
				"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n" +
				"0.127,1.007,2.769," + histogram + "\r\nTag=A,1.134,0.999,0.442," + histogram + "\n",
			[]string{" 127ms-1.134s count 741 median 344063", "A 1.134s-2.133s count 741 median 344063"},
		},
		"absolute": {
			"#[StartTime: 1438613579.295 (seconds since epoch), Mon Aug 03 07:52:59 PDT 2015]\n1438613579.290,0.660,0.488," + histogram,
			[]string{" -5ms-655ms count 741 median 344063"},
		},
		"based": {
			"#[StartTime: 1000.5 (seconds since epoch)]\n#[BaseTime: 1000.0 (seconds since epoch)]\n\n7.25,1,0.488," + histogram,
			[]string{" 6.75s-7.75s count 741 median 344063"},
		},
		"bare":  {"3,1,0.488," + histogram + "\n5,1,0.488," + histogram, []string{" 0s-1s count 741 median 344063", " 2s-3s count 741 median 344063"}},
		"empty": {"#[StartTime: soon]\n", nil},
	} {
		got, err := visited(strings.NewReader(c.text))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestReadDurationsLogSad(t *testing.T) {
	good := strings.TrimSuffix(string(writeLog(t)), "\n")
	for name, c := range map[string]struct{ text, want string }{
		"cut off":        {good[:len(good)-5], `line 8 of a latency log: decode a histogram`},
		"no histogram":   {good + "\n1,2,3", `line 9 of a latency log: "1,2,3" has 3 fields, want start,length,max,histogram`},
		"tag alone":      {"Tag=job-3", `line 1 of a latency log: "Tag=job-3" has a tag and nothing after it`},
		"start no time":  {"x,1,1,HIST", `field "x" isn't a number`},
		"start NaN":      {"NaN,1,1,HIST", `field "NaN" isn't a number`},
		"length below 0": {"1,-1,1,HIST", `field "-1" isn't a number`},
		"length too far": {"1,1e30,1,HIST", `field "1e30" isn't a number`},
		"max no number":  {"1,1,y,HIST", `field "y" isn't a number`},
		"line too long":  {"1,1,1," + strings.Repeat("A", logLineBytes), `line 1 of a latency log: bufio.Scanner: token too long`},
	} {
		if _, err := visited(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	stop := errors.New("enough")
	if err := ReadDurationsLog(strings.NewReader(good), func(string, time.Duration, time.Duration, *Durations) error { return stop }); err != stop {
		t.Errorf("visit's error comes back as %v", err)
	}
}

// full refuses all that is written to it after the first bytes.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestDurationsLogWriteSad(t *testing.T) {
	if _, err := NewDurationsLog(&full{}, started()); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("head: error %v", err)
	}
	log, err := NewDurationsLog(&full{left: 400}, started())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tag        string
		start, end time.Duration
		want       string
	}{
		{"a,", 0, 1, `tag "a,"`}, {",", 0, 1, `tag ","`}, {"job 3", 0, 1, `tag "job 3"`}, {"a\nb", 0, 1, `tag "a\nb"`},
		{"a", -1, 1, "from -1ns to 1ns"}, {"a", 2, 1, "from 2ns to 1ns"}, {strings.Repeat("b", 400), 0, 1, "no space left"},
	} {
		if err := log.Write(c.tag, c.start, c.end, sample(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("tag %.9q from %d to %d: error %v, want %q", c.tag, c.start, c.end, err, c.want)
		}
	}
}

// Whatever is read, what is understood can be written and read again.
func FuzzReadDurationsLog(f *testing.F) {
	f.Add(writeLog(f))
	f.Add([]byte("#[StartTime: 7.5 (\nTag=,3,1,0.4,HISTFAAAAEV42pNpmSzMwMCgyAABTBDKT4GBgdnNYMcCBvsPEBEJISEuATEZMQ4uASkhIR4nrxg9v2lMaxhvMekILGZkKmcCAEf2CsI="))
	f.Add([]byte("Tag=a,1,2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = ReadDurationsLog(bytes.NewReader(text), func(tag string, start, end time.Duration, d *Durations) error {
			if end < start || d.Min() > d.Max() || d.Quantile(0) > d.Quantile(1) || d.Count() > 0 && (d.Mean() < float64(d.Min()) || d.Mean() > float64(d.Max())) {
				t.Fatalf("%q from %s to %s: count %d, min %d, mean %g, max %d", tag, start, end, d.Count(), d.Min(), d.Mean(), d.Max())
			}
			encoded, err := d.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := DecodeDurations(encoded); err != nil || again.Count() != d.Count() {
				t.Fatalf("count %d comes back as %v, %v", d.Count(), again, err)
			}
			return nil
		})
	})
}
