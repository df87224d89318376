package report

import "github.com/lbench/lbench/internal/result"

// footnote is a doubt with the number that it is referred to by.
type footnote struct {
	Number int
	Text   string
}

// footnotes numbers the warnings in their order. find gives the number of a code,
// 0 where the run has no such warning.
func footnotes(run result.Run) (notes []footnote, find func(code string) int) {
	numbers := map[string]int{}
	for i, w := range run.Warnings {
		notes = append(notes, footnote{i + 1, sentence(w.Text)})
		if numbers[w.Code] == 0 {
			numbers[w.Code] = i + 1
		}
	}
	return notes, func(code string) int { return numbers[code] }
}
