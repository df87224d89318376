package verify

import (
	"math/rand/v2"
	"testing"

	"github.com/lbench/lbench/internal/result"
	"github.com/lbench/lbench/internal/stats"
)

// The evidence of a limit is made again from published means: they come back to the ns,
// however they were rounded.
func TestMeantHasThePublishedMean(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		measured := stats.NewDurations(2)
		for range 1 + random.IntN(50) {
			measured.Record(random.Int64N(1 << (4 + random.IntN(34))))
		}
		b := &blockRun{block: &result.Block{Latencies: map[string]result.Latency{"total": {Count: measured.Count(), MeanNS: measured.Mean()}}}}
		if got := b.meant("total"); got.Count() != measured.Count() || got.Mean() != measured.Mean() {
			t.Fatalf("%d latencies of mean %v come back as %d of %v", measured.Count(), measured.Mean(), got.Count(), got.Mean())
		}
	}
}
