package compare

import (
	"slices"
	"testing"
	"time"

	"github.com/lbench/lbench/internal/result"
)

// What Alike counted is found again among what it was given, and nothing else.
func TestMembersAreWhatWasCounted(t *testing.T) {
	made := func(id, workload, host string, status result.Status) result.Run {
		return result.Run{ID: id, Command: "mlperf", Workload: workload, Status: status, Host: result.Host{Name: host}, Started: time.Unix(100, 0),
			Metrics: map[string]float64{"au_mean_fraction": 0.9}}
	}
	warmup := made("w", "resnet50", "h1", result.Complete)
	warmup.Suite = &result.SuitePlace{ID: "s", Entry: "train", Warmup: true}
	a := []result.Run{
		made("x", "resnet50", "h1", result.Complete), made("x", "resnet50", "h1", result.Complete), // twice
		made("x", "unet3d", "h3", result.Complete), warmup, made("f", "resnet50", "h1", result.Failed),
		made("x", "resnet50", "h2", result.Complete), // another host's, of the same ID
	}
	b := []result.Run{made("v", "unet3d", "h1", result.Complete), made("y", "resnet50", "h1", result.Complete)}
	all, err := Alike(a, b)
	if err != nil || len(all.Comparisons) != 2 {
		t.Fatalf("%d comparisons, %v", len(all.Comparisons), err)
	}
	for i, want := range []struct{ a, b []int }{{[]int{0, 5}, []int{1}}, {[]int{2}, []int{0}}} {
		c := all.Comparisons[i]
		if got := Members(c, c.A, a); !slices.Equal(got, want.a) || len(got) != len(c.A) {
			t.Errorf("%s: of A %v of %v, want %v", c.Workload, got, c.A, want.a)
		}
		if got := Members(c, c.B, b); !slices.Equal(got, want.b) || len(got) != len(c.B) {
			t.Errorf("%s: of B %v of %v, want %v", c.Workload, got, c.B, want.b)
		}
	}
}
