package result

import (
	"encoding/json"
	"strconv"
)

// Most of the work of a report is to read lines that a Writer wrote, so that these are
// read in its own spelling: keys in its order, no blanks, no escapes. Any other line
// goes to encoding/json, and both ways give the same values.

// parseStep reads one line of steps.ndjson, its end included.
func parseStep(line []byte) (Step, error) {
	var s Step
	c := cursor{rest: line}
	s.Epoch = c.small(`{"epoch":`)
	s.Step = c.small(`,"step":`)
	s.Rank = c.small(`,"rank":`)
	s.StartNS = c.integer(`,"start_ns":`)
	s.Wait = c.integer(`,"wait_ns":`)
	s.Compute = c.integer(`,"compute_ns":`)
	s.Barrier = c.integer(`,"barrier_ns":`)
	s.Read = c.integer(`,"read_ns":`)
	s.Work = c.integer(`,"work_ns":`)
	if c.skip("}\n"); c.bad || len(c.rest) > 0 {
		return decode[Step](line)
	}
	return s, nil
}

// decode reads a line in any spelling.
func decode[T any](line []byte) (T, error) {
	var value T
	err := json.Unmarshal(line, &value)
	return value, err
}

// keptWords bounds how many names and sets of labels a readingParser keeps.
const keptWords = 4096

// readingParser reads lines of telemetry.ndjson. Sources, names and labels come again in
// every second, and are kept.
type readingParser struct {
	words  map[string]string
	labels map[string]map[string]string // by their text
}

func newReadingParser() *readingParser {
	return &readingParser{words: map[string]string{}, labels: map[string]map[string]string{}}
}

// parse reads one line, its end included.
func (p *readingParser) parse(line []byte) (Reading, error) {
	r, ok := p.own(line)
	if !ok {
		return decode[Reading](line)
	}
	return r, nil
}

// own reads a line in the Writer's spelling; ok is false where it isn't that.
func (p *readingParser) own(line []byte) (r Reading, ok bool) {
	c := cursor{rest: line}
	at := c.text(`{"t":`)
	source, name := c.text(`,"source":`), c.text(`,"name":`)
	if c.bad || r.T.UnmarshalJSON(at) != nil {
		return r, false
	}
	r.Source, r.Name = p.word(source), p.word(name)
	if labels := c.object(`,"labels":`); labels != nil {
		if r.Labels, ok = p.set(labels); !ok {
			return r, false
		}
	}
	r.Value = c.number(`,"value":`)
	c.skip("}\n")
	return r, !c.bad && len(c.rest) == 0
}

// word is the inside of a quoted text.
func (p *readingParser) word(quoted []byte) string {
	inside := quoted[1 : len(quoted)-1]
	if known, ok := p.words[string(inside)]; ok {
		return known
	}
	word := string(inside)
	if len(p.words) < keptWords {
		p.words[word] = word
	}
	return word
}

// set is a set of labels; readings with the same ones share it.
func (p *readingParser) set(text []byte) (map[string]string, bool) {
	if known, ok := p.labels[string(text)]; ok {
		return known, true
	}
	var labels map[string]string
	if json.Unmarshal(text, &labels) != nil {
		return nil, false
	}
	if len(p.labels) < keptWords {
		p.labels[string(text)] = labels
	}
	return labels, true
}

// cursor goes through a line. Where that isn't spelled as expected, bad is set and
// what it gives means nothing.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) skip(text string) {
	if len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		c.bad = true
		return
	}
	c.rest = c.rest[len(text):]
}

// integer reads a whole number of at most 18 digits after a text, as JSON spells it.
func (c *cursor) integer(after string) int64 {
	c.skip(after)
	negative := len(c.rest) > 0 && c.rest[0] == '-'
	if negative {
		c.rest = c.rest[1:]
	}
	n, value := digits(c.rest)
	if n == 0 || n > 18 || n > 1 && c.rest[0] == '0' {
		c.bad = true
		return 0
	}
	c.rest = c.rest[n:]
	if negative {
		return -value
	}
	return value
}

func (c *cursor) small(after string) int {
	value := c.integer(after)
	if int64(int(value)) != value {
		c.bad = true
	}
	return int(value)
}

// digits counts the digits that a text begins with; value is theirs up to 18 of them.
func digits(text []byte) (n int, value int64) {
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		if n < 18 {
			value = 10*value + int64(text[n]-'0')
		}
		n++
	}
	return n, value
}

// text reads a quoted text of plain ASCII, and gives it with its quotes.
func (c *cursor) text(after string) []byte {
	c.skip(after)
	if c.bad || len(c.rest) == 0 || c.rest[0] != '"' {
		c.bad = true
		return nil
	}
	for i := 1; i < len(c.rest); i++ {
		switch b := c.rest[i]; {
		case b == '"':
			quoted := c.rest[:i+1]
			c.rest = c.rest[i+1:]
			return quoted
		case b < ' ' || b > '~' || b == '\\':
			c.bad = true
			return nil
		}
	}
	c.bad = true
	return nil
}

// object gives the text from a { up to the first }; nil where there is none, which isn't
// bad. What is in it is for encoding/json to say.
func (c *cursor) object(after string) []byte {
	if c.bad || len(c.rest) <= len(after) || string(c.rest[:len(after)]) != after || c.rest[len(after)] != '{' {
		return nil
	}
	for i, b := range c.rest {
		if b == '}' {
			object := c.rest[len(after) : i+1]
			c.rest = c.rest[i+1:]
			return object
		}
	}
	c.bad = true
	return nil
}

// number reads a number as JSON spells it.
func (c *cursor) number(after string) float64 {
	c.skip(after)
	n, whole := numberLength(c.rest)
	if c.bad || n == 0 {
		c.bad = true
		return 0
	}
	text := c.rest[:n]
	c.rest = c.rest[n:]
	if whole && n <= 15 { // exact in a float64
		_, value := digits(text)
		return float64(value)
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		c.bad = true
	}
	return value
}

// numberLength is how long the JSON number is that a text begins with, 0 where it begins
// with none; whole says that it is all digits.
func numberLength(text []byte) (length int, whole bool) {
	i := 0
	if len(text) > 0 && text[0] == '-' {
		i = 1
	}
	n, _ := digits(text[i:])
	if n == 0 || n > 1 && text[i] == '0' {
		return 0, false
	}
	whole = i == 0
	i += n
	if i < len(text) && text[i] == '.' {
		n, _ := digits(text[i+1:])
		if n == 0 {
			return 0, false
		}
		i, whole = i+1+n, false
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i, whole = i+1, false
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		n, _ := digits(text[i:])
		if n == 0 {
			return 0, false
		}
		i += n
	}
	return i, whole
}
