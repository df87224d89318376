package cloud

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// promAnswer is the JSON of /api/v1/query_range.
type promAnswer struct {
	Status    string     `json:"status"`
	ErrorType string     `json:"errorType"`
	Error     string     `json:"error"`
	Warnings  []string   `json:"warnings"`
	Data      promMatrix `json:"data"`
}

type promMatrix struct {
	Type     string       `json:"resultType"`
	Series   []promSeries `json:"result"`
	Warnings []string     `json:"-"` // scrubbed
}

type promSeries struct {
	Metric     map[string]string `json:"metric"`
	Values     []promValue       `json:"values"`
	Histograms []json.RawMessage `json:"histograms"`
}

// promValue is [seconds, "value"]: a number and a text, which may be NaN, +Inf or -Inf.
type promValue struct {
	at    time.Time
	value float64
}

// farthest is the last time that is believed, in seconds: the year 9999.
const farthest = 253402300799

func (v *promValue) UnmarshalJSON(text []byte) error {
	inside, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "[")
	inside, end := strings.CutSuffix(inside, "]")
	at, value, comma := strings.Cut(inside, ",")
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseFloat(strings.TrimSpace(at), 64)
	if !ok || !end || !comma || err != nil || !(seconds >= 0 && seconds <= farthest) || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return fmt.Errorf("%.60q isn't [seconds, \"value\"]", text)
	}
	v.at = time.UnixMilli(int64(math.Round(seconds * 1e3))).UTC()
	if v.value, err = strconv.ParseFloat(value[1:len(value)-1], 64); err != nil {
		return fmt.Errorf("%.60q isn't [seconds, \"value\"]", text)
	}
	return nil
}
