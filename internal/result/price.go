package result

// Price is what one source charges in dollars, or storage of another kind beside it. What
// is nil isn't known. One GB is 2^30 bytes.
type Price struct {
	Name   string   `yaml:"-" json:"name"`
	Terms  string   `yaml:"terms" json:"terms,omitempty"` // class, region and what else the prices depend on
	AsOf   string   `yaml:"as_of" json:"as_of"`           // the date that they are of
	AtRest *float64 `yaml:"at_rest_per_gb_month" json:"at_rest_usd_per_gb_month,omitempty"`
	Egress *float64 `yaml:"egress_per_gb" json:"egress_usd_per_gb,omitempty"`
	Writes *float64 `yaml:"writes_per_1000" json:"writes_usd_per_1000,omitempty"`
	Reads  *float64 `yaml:"reads_per_1000" json:"reads_usd_per_1000,omitempty"`
}
