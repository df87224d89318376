package main

import (
	"fmt"
	"strconv"

	"github.com/lbench/lbench/internal/units"
)

// autoSize is a size, or "auto" for one that is searched.
type autoSize struct {
	size
	auto bool
}

func (s *autoSize) String() string {
	if s.auto {
		return "auto"
	}
	return s.size.String()
}
func (s *autoSize) Type() string { return "SIZE|auto" }
func (s *autoSize) typed() any {
	if s.auto {
		return "auto"
	}
	return s.bytes
}
func (s *autoSize) Set(text string) error {
	if s.auto = text == "auto"; s.auto {
		return nil
	}
	return s.size.Set(text)
}

// autoCount is a number, or "auto" for one that is searched.
type autoCount struct {
	count
	auto bool
}

func (c *autoCount) String() string {
	if c.auto {
		return "auto"
	}
	return c.count.String()
}
func (c *autoCount) Type() string { return "N|auto" }
func (c *autoCount) typed() any {
	if c.auto {
		return "auto"
	}
	return c.value
}
func (c *autoCount) Set(text string) error {
	if c.auto = text == "auto"; c.auto {
		return nil
	}
	return c.count.Set(text)
}

// rate is bytes per second; 0: as fast as it goes.
type rate struct{ perS float64 }

func (r *rate) String() string {
	if r.perS == 0 {
		return ""
	}
	return strconv.FormatFloat(r.perS, 'f', -1, 64) + "/s"
}
func (r *rate) Type() string { return "RATE" }
func (r *rate) typed() any   { return r.perS }
func (r *rate) Set(text string) error {
	v, err := units.ParseRate(text)
	if err == nil && v <= 0 {
		err = fmt.Errorf("%q: want a rate above 0, as 500MB/s", text)
	}
	r.perS = v
	return err
}
