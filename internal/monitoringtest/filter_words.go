package monitoringtest

import (
	"slices"
	"strings"
)

// selector reads a name, and gives it with labels in the plural.
func (p *filterParser) selector() (string, error) {
	p.space()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !nameRune(r) && r != '.' })
	if end < 0 {
		end = len(p.rest)
	}
	written := p.rest[:end]
	p.rest = p.rest[end:]
	if written == "" {
		return "", p.fail("a selector is missing before %q", head(p.rest))
	}
	name := plural(written)
	if p.only != "" && name != p.only {
		return "", p.fail("selector %q isn't one of [%s]", written, p.only)
	}
	if known := selectors(); !slices.Contains(known, name) {
		return "", p.fail("selector %q isn't one of %v", written, known)
	}
	return name, nil
}

// value reads what stands after the operator: a string, which exact then points to, or a
// function of strings.
func (p *filterParser) value() (test func(string) bool, exact *string, err error) {
	p.space()
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		want, err := p.quoted()
		return func(s string) bool { return s == want }, &want, err
	}
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !nameRune(r) && r != '.' })
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	known := []string{"one_of", "starts_with", "ends_with", "has_substring"}
	if !slices.Contains(known, name) {
		return nil, nil, p.fail("%q is neither a quoted string nor one of the functions %v", head(name+p.rest), known)
	}
	args, err := p.arguments(name)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case name != "one_of" && len(args) != 1:
		return nil, nil, p.fail("%s takes 1 string, not %d", name, len(args))
	case name == "starts_with":
		return func(s string) bool { return strings.HasPrefix(s, args[0]) }, nil, nil
	case name == "ends_with":
		return func(s string) bool { return strings.HasSuffix(s, args[0]) }, nil, nil
	case name == "has_substring":
		return func(s string) bool { return strings.Contains(s, args[0]) }, nil, nil
	case len(args) > mostOneOf:
		return nil, nil, p.fail("one_of takes at most %d strings, not %d", mostOneOf, len(args))
	}
	return func(s string) bool { return slices.Contains(args, s) }, nil, nil
}

// arguments reads strings in parentheses, one at least.
func (p *filterParser) arguments(function string) ([]string, error) {
	if p.space(); !p.take("(") {
		return nil, p.fail("after %s stands %q, not a parenthesis", function, head(p.rest))
	}
	var all []string
	for {
		p.space()
		arg, err := p.quoted()
		if err != nil {
			return nil, err
		}
		all = append(all, arg)
		p.space()
		if p.take(")") {
			return all, nil
		}
		if !p.take(",") {
			return nil, p.fail("in %s stands %q where a comma or parenthesis should", function, head(p.rest))
		}
	}
}

// quoted reads a string in double or single quotes.
func (p *filterParser) quoted() (string, error) {
	if p.rest == "" || p.rest[0] != '"' && p.rest[0] != '\'' {
		return "", p.fail("%q isn't a quoted string", head(p.rest))
	}
	quote, value := p.rest[0], []byte{}
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == quote:
			p.rest = p.rest[i+1:]
			return string(value), nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			value = append(value, p.rest[i])
		default:
			value = append(value, c)
		}
	}
	return "", p.fail("the string that begins with %q isn't closed", head(p.rest))
}

func (p *filterParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take reads token if it is next.
func (p *filterParser) take(token string) (ok bool) {
	p.rest, ok = strings.CutPrefix(p.rest, token)
	return ok
}

// word reads a keyword if it is next and is a word of its own.
func (p *filterParser) word(keyword string) bool {
	after, ok := strings.CutPrefix(p.rest, keyword)
	if !ok || after != "" && (nameRune(rune(after[0])) || after[0] == '.') {
		return false
	}
	p.rest = after
	return true
}

func nameRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// plural turns metric.label.KEY into metric.labels.KEY, and keeps all else.
func plural(name string) string {
	for _, of := range []string{"metric", "resource"} {
		if key, ok := strings.CutPrefix(name, of+".label."); ok {
			return of + ".labels." + key
		}
	}
	return name
}

// selectors are all that a filter may name.
func selectors() []string {
	all := []string{"project", "metric.type", "resource.type"}
	for _, key := range metricLabels() {
		all = append(all, "metric.labels."+key)
	}
	for _, key := range resourceLabels() {
		all = append(all, "resource.labels."+key)
	}
	return all
}

// head is the beginning of a text, to quote in an error.
func head(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
