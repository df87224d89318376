package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/lbench/lbench/internal/units"
)

// Flag values that check themselves: a bad one is a usage error that names what is allowed.

// typed is a flag's value that run.json holds as something else than text.
type typed interface{ typed() any }

// choice is one of a few words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.allowed, "|") }
func (c *choice) Set(s string) error {
	for _, word := range c.allowed {
		if s == word {
			c.value = s
			return nil
		}
	}
	return fmt.Errorf("%q isn't one of [%s]", s, strings.Join(c.allowed, " "))
}

// toggle is on or off.
type toggle bool

func (t *toggle) String() string   { return strconv.FormatBool(bool(*t)) }
func (t *toggle) Type() string     { return "bool" }
func (t *toggle) IsBoolFlag() bool { return true }
func (t *toggle) typed() any       { return bool(*t) }
func (t *toggle) Set(s string) error {
	v, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("%q isn't true or false", s)
	}
	*t = toggle(v)
	return nil
}

// bind adds the flag, which needs no value to be on.
func (t *toggle) bind(f *pflag.FlagSet, name, usage string) {
	f.VarPF(t, name, "", usage).NoOptDefVal = "true"
}

// label is a part of a folder's name.
type label string

func (l *label) String() string { return string(*l) }
func (l *label) Type() string   { return "NAME" }
func (l *label) Set(s string) error {
	if strings.ContainsAny(s, "/\x00\n") || len(s) > 100 {
		return fmt.Errorf("%q isn't a part of a folder's name: at most 100 bytes, without a slash", s)
	}
	*l = label(s)
	return nil
}

// count is a whole number within bounds.
type count struct{ value, least, most int }

func (c *count) String() string { return strconv.Itoa(c.value) }
func (c *count) Type() string   { return "N" }
func (c *count) typed() any     { return c.value }
func (c *count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < c.least || n > c.most {
		return fmt.Errorf("%q isn't a whole number from %d to %d", s, c.least, c.most)
	}
	c.value = n
	return nil
}

// size is a number of bytes.
type size struct{ bytes int64 }

func (s *size) String() string {
	if s.bytes == 0 {
		return ""
	}
	return units.BinaryBytes(float64(s.bytes))
}
func (s *size) Type() string { return "SIZE" }
func (s *size) typed() any   { return s.bytes }
func (s *size) Set(text string) error {
	n, err := units.ParseBytes(text)
	if err == nil && n == 0 {
		err = fmt.Errorf("%q: want a size above 0, as 284GiB", text)
	}
	s.bytes = n
	return err
}

// span is a duration, or a word that stands for one.
type span struct {
	value time.Duration
	word  string // "off", if that is allowed and given
	off   string // the word that is allowed, "" for none
	least time.Duration
}

func (d *span) String() string {
	if d.word != "" {
		return d.word
	}
	return d.value.String()
}
func (d *span) Type() string {
	if d.off != "" {
		return "DURATION|" + d.off
	}
	return "DURATION"
}
func (d *span) Set(s string) error {
	if d.off != "" && s == d.off {
		d.word, d.value = s, 0
		return nil
	}
	v, err := units.ParseDuration(s)
	if err == nil && v < 0 {
		err = fmt.Errorf("%q: a duration can't be negative", s)
	}
	if err == nil && v < d.least {
		err = fmt.Errorf("%q is too short: want at least %v", s, d.least)
	}
	d.value, d.word = v, ""
	return err
}

// seed is a number, or "random" for one that is drawn and recorded.
type seed struct {
	value int64
	drawn bool
}

func (s *seed) String() string {
	if s.drawn {
		return "random"
	}
	return strconv.FormatInt(s.value, 10)
}
func (s *seed) Type() string { return "N|random" }
func (s *seed) typed() any {
	if s.drawn {
		return "random"
	}
	return s.value
}
func (s *seed) Set(text string) error {
	if text == "random" {
		s.draw()
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%q isn't a whole number from 0 on, or random", text)
	}
	s.value, s.drawn = n, false
	return nil
}

// draw picks a seed that any JSON reader can hold exactly.
func (s *seed) draw() { s.value, s.drawn = rand.Int64N(1<<31), true }

// percent is a share of 100.
type percent struct{ fraction float64 }

func (p *percent) String() string {
	if p.fraction == 0 {
		return ""
	}
	return strconv.FormatFloat(100*p.fraction, 'g', -1, 64)
}
func (p *percent) Type() string { return "PCT" }
func (p *percent) Set(s string) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil || !(v > 0 && v <= 100) {
		return fmt.Errorf("%q isn't a percentage above 0, at most 100, as 90", s)
	}
	p.fraction = v / 100
	return nil
}
