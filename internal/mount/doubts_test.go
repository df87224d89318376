package mount

import (
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// TestDoubtsOfWhatIsKept: what run.json keeps of a mount gives the same warning as the
// mount itself gave.
func TestDoubtsOfWhatIsKept(t *testing.T) {
	one, four := result.LustreLayout{File: "a", Kind: "plain", StripeCount: 1, StripeSizeBytes: 1 << 20}, result.LustreLayout{File: "b", Kind: "plain", StripeCount: 4, StripeSizeBytes: 1 << 20}
	for _, c := range []struct {
		name  string
		mount *result.Mount
		want  string
	}{
		{"no mount", nil, ""},
		{"no Lustre", &result.Mount{Type: "nfs4"}, ""},
		{"alike", &result.Mount{Lustre: &result.LustreMount{Layouts: []result.LustreLayout{one, one}}}, ""},
		{"not alike", &result.Mount{Lustre: &result.LustreMount{Layouts: []result.LustreLayout{one, four}}},
			"a and b have different Lustre layouts: plain, stripe count 1, stripe size 1.00 MiB; plain, stripe count 4, stripe size 1.00 MiB"},
	} {
		got := Doubts(c.mount)
		if len(got) > 1 || (len(got) == 1) != (c.want != "") || len(got) == 1 && got[0].Text != c.want {
			t.Errorf("%s: got %v, want %q", c.name, got, c.want)
		}
	}
}
