package monitoringtest

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A filter, as far as the server knows the language (spaces and line ends are free):
//
//	filter     = terms {terms joined by AND, or by nothing; or all joined by OR}
//	term       = [NOT] ( comparison | "(" filter ")" )
//	comparison = selector ("=" | "!=") ( string | function "(" string {"," string} ")" )
//	function   = one_of (up to 100 strings) | starts_with | ends_with | has_substring (one each)
//	selector   = project | metric.type | resource.type | metric.labels.KEY | resource.labels.KEY
//	string     = "..." or '...', a backslash keeps the next character
//
// The singular, metric.label.KEY, is the same as the plural.

// matcher says whether a series passes a filter.
type matcher func(*series) bool

const (
	mostOneOf = 100 // strings in one one_of
	mostDepth = 50  // parentheses in each other
)

// parseFilter reads the filter of a time series listing. It must name one known metric type
// with metric.type = "...", joined by AND, as the service demands. Errors are gRPC statuses.
func parseFilter(text string) (matcher, bucketMetric, error) {
	p := filterParser{text: text, rest: text}
	match, err := p.whole()
	if err != nil {
		return nil, bucketMetric{}, err
	}
	if p.typeMentions != 1 || len(p.types) != 1 {
		return nil, bucketMetric{}, p.fail(`it must name exactly one metric type, as metric.type = "..." outside of OR and NOT`)
	}
	m, known := metricOf(p.types[0])
	if !known {
		return nil, bucketMetric{}, status.Errorf(codes.NotFound,
			"Cannot find metric(s) that match type = %q. If a metric was created recently, it could take up to 10 minutes to become available. Please try again soon.", p.types[0])
	}
	if !p.resourceOK {
		return nil, bucketMetric{}, p.fail("The supplied filter does not specify a valid combination of metric and monitored resource descriptors. The query will not return any time series.")
	}
	return match, m, nil
}

// parseOptional reads the filter of a descriptor listing, which may be empty and may name
// one selector only.
func parseOptional(text, selector string) (matcher, error) {
	if strings.TrimSpace(text) == "" {
		return func(*series) bool { return true }, nil
	}
	p := filterParser{text: text, rest: text, only: selector}
	return p.whole()
}

// filterParser holds the state of one parse.
type filterParser struct {
	text, rest string
	only       string // the one selector allowed; empty: all
	depth      int

	typeMentions int      // of metric.type
	types        []string // that it must equal
	resourceOK   bool     // resource.type, where it must equal something, is one that there is
}

// fail is the error for a filter that isn't understood.
func (p *filterParser) fail(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, "Field filter had an invalid value of %q: %s", p.text, fmt.Sprintf(format, args...))
}

func (p *filterParser) whole() (matcher, error) {
	p.resourceOK = true
	match, err := p.terms()
	if err != nil {
		return nil, err
	}
	if p.space(); p.rest != "" {
		return nil, p.fail("unexpected %q", head(p.rest))
	}
	return match, nil
}

// terms reads terms joined by AND or by OR, but not by both.
func (p *filterParser) terms() (matcher, error) {
	if p.depth++; p.depth > mostDepth {
		return nil, p.fail("more than %d parentheses in each other", mostDepth)
	}
	defer func() { p.depth-- }()
	before, resource := len(p.types), p.resourceOK
	first, err := p.term()
	all, joint := []matcher{first}, ""
	for err == nil {
		p.space()
		if p.rest == "" || p.rest[0] == ')' {
			break
		}
		word := "AND" // also where nothing stands between
		if p.word("OR") {
			word = "OR"
		} else {
			p.word("AND")
		}
		if joint != "" && joint != word {
			return nil, p.fail("AND and OR side by side: put the terms of OR in parentheses")
		}
		joint = word
		var next matcher
		next, err = p.term()
		all = append(all, next)
	}
	if err != nil {
		return nil, err
	}
	if joint == "OR" {
		p.types, p.resourceOK = p.types[:before], resource // none of them must hold
		return func(s *series) bool { return slices.ContainsFunc(all, func(m matcher) bool { return m(s) }) }, nil
	}
	return func(s *series) bool { return !slices.ContainsFunc(all, func(m matcher) bool { return !m(s) }) }, nil
}

// term reads one comparison, or a filter in parentheses, either with NOT before it.
func (p *filterParser) term() (matcher, error) {
	p.space()
	if p.word("NOT") {
		if p.depth++; p.depth > mostDepth { // NOT NOT NOT ... nests as parentheses do
			return nil, p.fail("more than %d NOTs in each other", mostDepth)
		}
		defer func() { p.depth-- }()
		before, resource := len(p.types), p.resourceOK
		match, err := p.term()
		if err != nil {
			return nil, err
		}
		p.types, p.resourceOK = p.types[:before], resource
		return func(s *series) bool { return !match(s) }, nil
	}
	if !p.take("(") {
		return p.comparison()
	}
	match, err := p.terms()
	if err != nil {
		return nil, err
	}
	if p.space(); !p.take(")") {
		return nil, p.fail("a parenthesis isn't closed")
	}
	return match, nil
}

// comparison reads selector, operator and value.
func (p *filterParser) comparison() (matcher, error) {
	name, err := p.selector()
	if err != nil {
		return nil, err
	}
	p.space()
	unequal := p.take("!=")
	if !unequal && !p.take("=") {
		return nil, p.fail("after %s stands %q, which isn't one of [= !=]", name, head(p.rest))
	}
	test, exact, err := p.value()
	if err != nil {
		return nil, err
	}
	if name == "metric.type" {
		p.typeMentions++
		if exact != nil && !unequal {
			p.types = append(p.types, *exact)
		}
	}
	if name == "resource.type" && exact != nil && !unequal {
		p.resourceOK = p.resourceOK && *exact == resourceType
	}
	return func(s *series) bool { return test(s.label(name)) != unequal }, nil
}
