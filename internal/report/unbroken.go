package report

import (
	"html/template"
	"regexp"
	"strings"
)

// unbroken keeps a number and its unit on one line of a page.
func unbroken(text string) string {
	const unit = `(%|/s|[kMGTPE]?i?B(?:/s)?|s/GB|[mnu]?s|min|h|d|points|epochs?|steps?)`
	text = regexp.MustCompile(`([±≥≤<]) (\d)`).ReplaceAllString(text, "$1\u00a0$2")
	return regexp.MustCompile(`(\d) `+unit+`([ .,;:)]|$)`).ReplaceAllString(text, "$1\u00a0$2$3")
}

// breakable lets a name or path without blanks go on in the next line after a point, an
// underscore or a slash, rather than in the middle of a word.
func breakable(text string) template.HTML {
	safe := template.HTMLEscapeString(text)
	if !strings.ContainsAny(text, " \u00a0") {
		safe = regexp.MustCompile(`([._/])([A-Za-z])`).ReplaceAllString(safe, "$1<wbr>$2")
	}
	return template.HTML(safe)
}
