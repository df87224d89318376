package report

import (
	"bytes"
	"fmt"
	"strings"
)

// writeMarkdown writes the sheet in GitHub's Markdown, with headings from this depth on.
// What is found in names and messages is text there too: no markup, no HTML, no table
// that ends early.
func (s sheet) writeMarkdown(b *bytes.Buffer, depth int) {
	s = s.plain()
	heading := func(more int, text string) {
		fmt.Fprintf(b, "%s %s\n\n", strings.Repeat("#", depth+more), text)
	}
	heading(0, markdown(strings.Replace(s.headline(), "   ", ": ", 1)))
	fmt.Fprintf(b, "**%s**", markdown(s.Title))
	if s.Sub != "" {
		fmt.Fprintf(b, "  \n%s", markdown(s.Sub))
	}
	b.WriteString("\n\n")
	if s.Answer.Alarm != "" {
		fmt.Fprintf(b, "**%s**\n\n", markdown(s.Answer.Alarm))
	}
	writeMarkdownList(b, s.Answer.Lines)
	writeMarkdownTable(b, factTable(s.Facts), s.note)
	for _, p := range s.Parts {
		if p.Table == nil && len(p.List) == 0 && p.Lead == "" {
			continue // a plot only
		}
		if p.Title != "" {
			heading(1, markdown(p.Title))
		}
		if p.Lead != "" {
			fmt.Fprintf(b, "%s\n\n", markdown(p.Lead))
		}
		writeMarkdownList(b, p.List)
		if p.Table != nil {
			writeMarkdownTable(b, *p.Table, s.note)
		}
	}
	for _, n := range s.Notes {
		fmt.Fprintf(b, "<sup>[%d] %s</sup>\n\n", n.Number, markdown(n.Text))
	}
	fmt.Fprintf(b, "<sub>%s</sub>\n", markdown(s.Ends))
}

func writeMarkdownList(b *bytes.Buffer, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", markdown(line))
	}
	if len(lines) > 0 {
		b.WriteString("\n")
	}
}

// factTable sets key figures side by side.
func factTable(facts []keyFigure) table {
	t, values := table{}, row{}
	for _, f := range facts {
		text := f.Value
		if f.Detail != "" {
			text += " (" + strings.TrimPrefix(f.Detail, "= ") + ")"
		}
		t.Columns = append(t.Columns, column{Head: f.Label, Code: f.Code})
		values.Cells = append(values.Cells, cell{Text: text})
	}
	if len(facts) > 0 {
		t.Rows = []row{values}
	}
	return t
}

func writeMarkdownTable(b *bytes.Buffer, t table, find func(string) int) {
	if len(t.Rows) == 0 {
		return
	}
	heads, rules := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i], rules[i] = markdown(c.Head)+mark(find(c.Code)), "---"
		if c.Number {
			rules[i] = "--:"
		}
	}
	fmt.Fprintf(b, "| %s |\n| %s |\n", strings.Join(heads, " | "), strings.Join(rules, " | "))
	for _, r := range t.Rows {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = markdown(c.Text)
			if cells[i] != "" && (c.Bad || r.Kind == "mean") {
				cells[i] = "**" + cells[i] + "**"
			}
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\n")
}

// markdown makes a text mean itself in Markdown. An underscore within a word marks
// nothing there and stays as it is.
func markdown(text string) string {
	var b strings.Builder
	runes := []rune(strings.TrimSpace(plain(text)))
	for i, r := range runes {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '@' && (i == 0 || !isWord(runes[i-1])): // would call someone
			b.WriteString("&#64;")
		case r == '_' && i > 0 && i < len(runes)-1 && isWord(runes[i-1]) && isWord(runes[i+1]),
			!strings.ContainsRune("\\`*_[]|~$#", r):
			b.WriteRune(r)
		default:
			b.WriteRune('\\')
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
