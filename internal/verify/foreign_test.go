package verify

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

func TestQuoteWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": NaN, "b": [Infinity, -Infinity, 1]}`: `{"a": "NaN", "b": ["Infinity", "-Infinity", 1]}`,
		`{"NaN": "Infinity \" NaN", "b": NaN}`:      `{"NaN": "Infinity \" NaN", "b": "NaN"}`,
		`{"a": 1}`:                                  `{"a": 1}`,
		`NaN`:                                       `"NaN"`,
		``:                                          ``,
	} {
		if got := string(quoteWords([]byte(text))); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// FuzzForeign: what is JSON stays what it is, and what isn't is an error.
func FuzzForeign(f *testing.F) {
	for _, seed := range []string{`{"a": NaN}`, `{"a\"NaN": 1}`, `[Infinity,-Infinity]`, `"`, `{}x`, "", "\\", `"\`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var before any
		if json.Unmarshal(text, &before) != nil {
			_, _ = parseForeign(text)
			return
		}
		if _, err := parseForeign(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzSubmission: no file of a folder of DLIO's makes the verifier panic.
func FuzzSubmission(f *testing.F) {
	files := []string{summaryFile, "0_output.json", "0_per_epoch_stats.json", "dlio_config/config.yaml", "dlio_config/overrides.yaml"}
	for i, seed := range []string{
		`{"metric":{"train_au_percentage":[90,91],"train_throughput_samples_per_second":[1,2]},"epochs":2}`,
		`{"1":{"load":{"block1":[]},"proc":{"block1":[]},"compute":{"block1":[]},"au":{"block1":1},"throughput":{"block1":0}}}`,
		`{"1":{"block1":{"duration":"NaN"},"save_ckpt1":{"duration":0,"start":"2024-01-01T00:00:00","end":"2024-01-01T00:00:00","throughput":1}}}`,
		"workload: {reader: {batch_size: 0}}", "- =\n- ++workload.a\n",
	} {
		f.Add(byte(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which byte, text []byte) {
		dir := dlioCopy(t, "lbench-v2.0")
		write(t, filepath.Join(dir, filepath.FromSlash(files[int(which)%len(files)])), string(text))
		if v := verifySubmission(dir, "").verification(); v.OK != (len(v.Findings) == 0) {
			t.Errorf("OK is %v with %d findings", v.OK, len(v.Findings))
		}
	})
}
