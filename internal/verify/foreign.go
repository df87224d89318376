package verify

import (
	"bytes"
	"fmt"
)

// parseForeign reads a JSON document as Python writes it: with NaN and Infinity as
// numbers, which JSON doesn't know. They become texts, so that no sum takes them for
// numbers.
func parseForeign(text []byte) (any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	return parse(quoteWords(text))
}

// quoteWords puts the words NaN, Infinity and -Infinity outside of texts between quotes.
func quoteWords(text []byte) []byte {
	var out []byte
	copied, inText := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case inText && text[i] == '\\':
			i++
		case text[i] == '"':
			inText = !inText
		case !inText:
			for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
				if bytes.HasPrefix(text[i:], []byte(word)) {
					out = append(append(out, text[copied:i]...), '"')
					out = append(append(out, word...), '"')
					i += len(word) - 1
					copied = i + 1
					break
				}
			}
		}
	}
	if copied == 0 {
		return text
	}
	return append(out, text[copied:]...)
}
