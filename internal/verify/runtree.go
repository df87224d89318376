package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// tree compares two JSON values, and names each leaf that differs by its path.
// Leaves that only the published one has are passed over where extra is true.
func (l *ledger) tree(file, path string, published, recomputed any, extra bool, why string) {
	switch again := recomputed.(type) {
	case map[string]any:
		if has, ok := published.(map[string]any); ok {
			l.object(file, path, has, again, extra, why)
			return
		}
	case []any:
		if has, ok := published.([]any); ok {
			l.array(file, path, has, again, extra, why)
			return
		}
	default:
		switch published.(type) {
		case map[string]any, []any:
		default:
			l.leaf(file, path, published, recomputed, why)
			return
		}
	}
	l.v.Checked++
	l.find(file, path, kindOf(published), kindOf(recomputed), "%s", why)
}

func (l *ledger) leaf(file, path string, published, recomputed any, why string) {
	l.v.Checked++
	if !equal(path, published, recomputed) {
		l.findOne("differences in "+file, file, path, published, recomputed, "%s", why)
	}
}

func (l *ledger) object(file, path string, published, recomputed map[string]any, extra bool, why string) {
	for _, name := range slices.Sorted(maps.Keys(recomputed)) {
		has, ok := published[name]
		if !ok {
			l.find(file, join(path, name), nil, leafOf(recomputed[name]), "it isn't there: %s", why)
			continue
		}
		l.tree(file, join(path, name), has, recomputed[name], extra, why)
	}
	for _, name := range slices.Sorted(maps.Keys(published)) {
		if _, ok := recomputed[name]; !ok && !extra {
			l.find(file, join(path, name), leafOf(published[name]), nil, "it follows from nothing: %s", why)
		}
	}
}

func (l *ledger) array(file, path string, published, recomputed []any, extra bool, why string) {
	if len(published) != len(recomputed) {
		l.v.Checked++
		l.find(file, path, fmt.Sprintf("%d elements", len(published)), fmt.Sprintf("%d elements", len(recomputed)), "%s", why)
	}
	for i := range min(len(published), len(recomputed)) {
		l.tree(file, path+"["+strconv.Itoa(i)+"]", published[i], recomputed[i], extra, why)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// leafOf is a value as a finding shows it: whole objects and lists by what they are.
func leafOf(v any) any {
	switch v.(type) {
	case map[string]any, []any:
		return kindOf(v)
	}
	return v
}

func kindOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return fmt.Sprintf("an object of %d", len(v))
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case nil:
		return "null"
	}
	return v
}

// generic is a value as JSON holds it: maps, lists, texts and numbers.
func generic(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

// parse reads one JSON document and nothing behind it.
func parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("something stands behind the document, at byte %d", d.InputOffset())
	}
	return v, nil
}
