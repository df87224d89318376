package result

import "time"

// Search is what find-max found: how AU falls with the number of accelerators.
type Search struct {
	// Method is the number of the rules of the search, SearchMethod; 0: those of an older lbench.
	Method  int     `json:"method,omitempty"`
	MinAU   float64 `json:"min_au_fraction"`
	Stopped string  `json:"stopped,omitempty"` // why it asked for no more probes: done, bytes or time
	// Points are the numbers of accelerators that were probed, ascending.
	Points []SearchPoint `json:"points"`
	Open   []int         `json:"open,omitempty"` // between passing and failing: too near the threshold to tell
	// Edge is where AU crosses the threshold by a law fitted to the points near it, and
	// EdgeHalf half its 95 % interval; 0: not known.
	Edge     float64        `json:"edge_accelerators,omitempty"`
	EdgeHalf float64        `json:"edge_half_accelerators,omitempty"`
	Noise    float64        `json:"noise_fraction,omitempty"` // standard deviation of one probe's AU, relative
	FullRun  string         `json:"full_run,omitempty"`       // ID of the run that was made at the answer
	Settings []TunedSetting `json:"tuned,omitempty"`
	Probes   []SearchProbe  `json:"probes"`            // in their order
	Earlier  string         `json:"resumed,omitempty"` // ID of the search that this one went on from
}

// SearchMethod is how a search goes: 2: repeats decide by what noise is presumed until there
// are many, one probe alone lets no search end, and the steps in which probes settle count
// as read.
const SearchMethod = 2

// SearchPoint is all probes at one number of accelerators.
type SearchPoint struct {
	Accelerators int     `json:"accelerators"`
	Probes       int     `json:"probes"`
	Warm         int     `json:"warm_probes,omitempty"` // of them, over files that an earlier one had read
	AU           float64 `json:"au_fraction"`           // mean
	Low          float64 `json:"au_low_fraction"`       // its interval, at the error rate of the search
	High         float64 `json:"au_high_fraction"`
	Worst        float64 `json:"au_worst_fraction"`             // of a probe
	Ceiling      float64 `json:"ceiling_au_fraction,omitempty"` // of this client alone; 0: not measured
	Decided      string  `json:"decided"`                       // pass, fail or open
}

// TunedSetting is what one setting of the readers changed at a fixed number of accelerators.
type TunedSetting struct {
	Name     string  `json:"name"` // reader.read_threads
	From     string  `json:"from"`
	To       string  `json:"to"`
	Change   float64 `json:"change_fraction"` // of AU, relative
	Low      float64 `json:"low_fraction"`    // its interval
	High     float64 `json:"high_fraction"`
	Mattered bool    `json:"mattered"`
}

// SearchProbe is one short run of a search, as it was made.
type SearchProbe struct {
	Accelerators int           `json:"accelerators"`
	Rate         bool          `json:"rate,omitempty"`   // made with a computation time of 0: no AU
	AU           float64       `json:"au_fraction"`      // over the steps after the first
	BytesPerS    float64       `json:"read_bytes_per_s"` // of the same steps
	Steps        int           `json:"steps"`            // that AU is over
	ReadBytes    int64         `json:"read_bytes"`       // of all steps
	Files        int64         `json:"files"`            // that it used up
	Warm         bool          `json:"warm,omitempty"`   // some were read by an earlier probe
	Capped       bool          `json:"capped,omitempty"` // reads had to wait for --max-inflight
	CeilingAU    float64       `json:"ceiling_au_fraction,omitempty"`
	Took         time.Duration `json:"took_ns"` // all that belongs to it
}
