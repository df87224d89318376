package report

import "regexp"

// unbroken keeps a number and its unit on one line of a page.
func unbroken(text string) string {
	const unit = `(%|/s|[kMGTPE]?i?B(?:/s)?|s/GB|[mnu]?s|min|h|d|points|epochs?|steps?)`
	return regexp.MustCompile(`(\d) `+unit+`([ .,;:)]|$)`).ReplaceAllString(text, "$1\u00a0$2$3")
}
