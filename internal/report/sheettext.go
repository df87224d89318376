package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// writeText writes the sheet for a terminal. The only errors are those of w.
func (s sheet) writeText(w io.Writer) error {
	s = s.plain()
	var b bytes.Buffer
	fmt.Fprintln(&b, s.headline())
	lines := s.Answer.Lines
	if s.Answer.Alarm != "" {
		lines = append([]string{"!! " + s.Answer.Alarm}, lines...)
	}
	if len(lines) > 0 {
		b.WriteString("\n")
	}
	for _, line := range lines {
		writeWrapped(&b, "  ", line)
	}
	fmt.Fprintf(&b, "\n%s\n", s.Title)
	if s.Sub != "" {
		writeWrapped(&b, "", strings.ReplaceAll(s.Sub, " · ", ", "))
	}
	writeFigures(&b, s.Facts, s.note)
	for _, p := range s.Parts {
		if err := p.writeText(&b, s.note); err != nil {
			return err
		}
	}
	writeNotes(&b, s.Notes, s.Ends)
	_, err := w.Write(b.Bytes())
	return err
}

// runHeadline is the verdict with its figure: "PASS   AU 90.9 % against 90 %".
func (s sheet) headline() string {
	a := s.Answer
	if a.Figure == "" {
		return a.Head()
	}
	return a.Head() + "   " + strings.TrimSpace(a.Quantity+" "+a.Figure) + mark(s.note(a.Code)) + a.Beside
}

func (p sheetPart) writeText(b *bytes.Buffer, find func(string) int) error {
	if p.Table == nil && len(p.List) == 0 && p.Lead == "" {
		return nil // a plot only
	}
	b.WriteString("\n")
	if p.Lead != "" {
		writeWrapped(b, "  ", p.Lead)
	}
	for _, line := range p.List {
		writeWrapped(b, "    ", "  "+line)
	}
	if p.Table == nil {
		return nil
	}
	if p.Lead != "" || len(p.List) > 0 {
		b.WriteString("\n")
	}
	return writeTable(b, *p.Table, find)
}
