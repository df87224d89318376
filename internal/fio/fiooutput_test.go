package fio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// split gives a text to a fioOutput, so many bytes at a time.
func split(text string, step int) (documents []string, notes string, cutShort bool) {
	o := fioOutput{document: func(raw []byte) { documents = append(documents, string(raw)) }}
	for len(text) > 0 {
		n := min(step, len(text))
		_, _ = o.Write([]byte(text[:n]))
		text = text[n:]
	}
	o.close()
	return documents, o.notes.String(), o.cutShort()
}

func TestFioOutput(t *testing.T) {
	for _, c := range []struct {
		name, text string
		documents  []string
		notes      string
		cut        bool
	}{
		{"nothing", "", nil, "", false},
		{"one", "{\n  1\n}\n", []string{"{\n  1\n}\n"}, "", false},
		{"no last newline", "{\n  1\n}", []string{"{\n  1\n}\n"}, "", false},
		{"notes around", "note: x\n{\n  1\n}\nfio: terminating on signal 2\n{\n  2\n}\n\n", []string{"{\n  1\n}\n", "{\n  2\n}\n"}, "note: x\nfio: terminating on signal 2\n\n", false},
		{"a note within", "{\n  1\nfio: x\n}\n", []string{"{\n  1\n}\n"}, "fio: x\n", false},
		{"cut short", "{\n  1\n}\n{\n  2", []string{"{\n  1\n}\n"}, "", true},
		{"begun twice", "{\n  1\n{\n  2\n}\n", []string{"{\n  2\n}\n"}, "", false},
		{"html", "<html>\n{}", nil, "<html>\n{}\n", false},
		{"nested", "{\n  \"a\" : {\n  }\n}\n", []string{"{\n  \"a\" : {\n  }\n}\n"}, "", false},
	} {
		for _, step := range []int{1, 3, 1000} {
			documents, notes, cut := split(c.text, step)
			if diff := cmp.Diff(c.documents, documents); diff != "" || notes != c.notes || cut != c.cut {
				t.Errorf("%s, by %d: notes %q, cut short %v, documents (-want +got):\n%s", c.name, step, notes, cut, diff)
			}
		}
	}
}

func TestFioOutputIsBounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 10*maxSaid), strings.Repeat("note\n", maxSaid)} {
		if _, notes, _ := split(text, 512); len(notes) != maxSaid {
			t.Errorf("kept %d bytes of %d, want %d", len(notes), len(text), maxSaid)
		}
	}
}

func FuzzFioOutput(f *testing.F) {
	f.Add("a\n{\n  1\n}\nb\n{\n", 2)
	f.Fuzz(func(t *testing.T, text string, step int) {
		all, notes, cut := split(text, len(text)+1)
		some, someNotes, someCut := split(text, max(1, step))
		if diff := cmp.Diff(all, some); diff != "" || cut != someCut || len(text) < maxSaid && notes != someNotes {
			t.Fatalf("by %d: notes %q and %q, documents (-whole +parts):\n%s", step, notes, someNotes, diff)
		}
	})
}
