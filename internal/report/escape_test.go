package report

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lbench/lbench/internal/result"
)

// planted stands in every text of a run: as an element, as the end of an attribute and
// of a tag, and as the end of a script.
const planted = `<script>alert(1)</script>"><img src=x onerror=alert(2)></script></style></title>' onload='alert(3)`

// plant puts the planted text into every string that can be reached from v, keys of
// maps included, but for fields that keep names. It counts them.
func plant(v reflect.Value, keep []string) (n int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(planted + v.String())
		return 1
	case reflect.Pointer:
		if !v.IsNil() {
			return plant(v.Elem(), keep)
		}
	case reflect.Interface:
		if !v.IsNil() && v.Elem().Kind() == reflect.String {
			v.Set(reflect.ValueOf(planted + v.Elem().String()))
			return 1
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += plant(v.Index(i), keep)
		}
	case reflect.Map:
		return plantMap(v, keep)
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && !slices.Contains(keep, field.Name) {
				n += plant(v.Field(i), keep)
			}
		}
	}
	return n
}

// plantMap adds a planted copy of every entry, so that the entries that the report knows
// by name are still there.
func plantMap(v reflect.Value, keep []string) (n int) {
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		n += plant(value, keep)
		v.SetMapIndex(key, value)
		v.SetMapIndex(reflect.ValueOf(planted+key.String()).Convert(key.Type()), value)
		n++
	}
	return n
}

// plantedRuns are made runs with a script in every text: once in all of them, and once
// in all but those that say what kind of run it is.
func plantedRuns(t *testing.T) map[string]made {
	t.Helper()
	kinds := []string{"Command", "Status", "Verdict", "Op", "Runner", "Profile", "Fsync", "Metric", "Rule"}
	all := map[string]made{}
	for _, name := range []string{"stalled", "cold-pass", "sustained-unsteady", "small-write", "matrix", "compare", "cold-failed"} {
		for _, keep := range [][]string{nil, kinds} {
			m := stalledRun()
			if name != "stalled" {
				m = blockVariants()[name]().withFiles()
			}
			m.run.Error = "cut"
			if n := plant(reflect.ValueOf(&m.run).Elem(), keep); n < 30 {
				t.Fatalf("%s: only %d texts were planted", name, n)
			}
			m.files = append(m.files, result.FileSum{Name: planted, SHA256: planted}, result.FileSum{Name: "javascript:alert(4)", SHA256: "0"})
			for i := range m.readings {
				m.readings[i].Labels = map[string]string{"dev": "eth0" + planted}
			}
			all[fmt.Sprintf("%s, %d fields kept", name, len(keep))] = m
		}
	}
	return all
}

// TestScriptInTextsIsText: no text of a run becomes an element, an attribute or code.
func TestScriptInTextsIsText(t *testing.T) {
	for name, m := range plantedRuns(t) {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, m)
			if n := strings.Count(page, "&lt;script"); n < 20 {
				t.Errorf("the planted text stands in the page %d times, want many", n)
			}
			for _, wrong := range []string{"<script>alert", "<img", "</script></style>", `href="javascript`} {
				if strings.Contains(page, wrong) {
					at := strings.Index(page, wrong)
					t.Errorf("page holds %q: %.200s", wrong, page[max(at-60, 0):])
				}
			}
			for element, want := range map[string]int{"<script": 1, "</script": 1, "<style": 1, "</style": 1, "</title": strings.Count(page, "<svg") + 1} {
				if got := strings.Count(page, element); got != want {
					t.Errorf("page has %d %s, want %d", got, element, want)
				}
			}
			// A quote in a text would end an attribute early: what follows looks like one.
			if found := regexp.MustCompile(`<[a-z][^<>"]*("[^"]*"[^<>"]*)* on[a-z]+=`).FindString(page[strings.Index(page, "</style>"):strings.Index(page, "<script>")]); found != "" {
				t.Errorf("an element has an event handler: %.300s", found)
			}
		})
	}
}
