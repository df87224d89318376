package result

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// The published schema is checked against the structs in both directions: every key
// that a full run writes stands in the schema, and every property of the schema is
// written by a full run. Only the keywords that the schema uses are understood.

type schema struct {
	root map[string]any
	seen map[string]bool // $defs and properties that a document had
}

func loadSchema(t *testing.T) *schema {
	t.Helper()
	text, err := os.ReadFile("../../docs/result.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{seen: map[string]bool{}}
	if err := json.Unmarshal(text, &s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

// check lists what is wrong with a value; at is where it stands and in names the
// part of the schema that rules there.
func (s *schema) check(at, in string, rule map[string]any, value any) []string {
	if ref, ok := rule["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		rule, ok = s.root["$defs"].(map[string]any)[name].(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: no definition %q", at, name)}
		}
		in = name
	}
	var wrong []string
	if types, ok := rule["type"]; ok && !hasType(types, value) {
		return []string{fmt.Sprintf("%s: %v isn't a %v", at, value, types)}
	}
	if constant, ok := rule["const"]; ok && value != constant {
		wrong = append(wrong, fmt.Sprintf("%s: %v isn't %v", at, value, constant))
	}
	if allowed, ok := rule["enum"].([]any); ok && !slices.Contains(allowed, value) {
		wrong = append(wrong, fmt.Sprintf("%s: %v isn't one of %v", at, value, allowed))
	}
	if n, ok := value.(float64); ok {
		least, low := rule["minimum"].(float64)
		most, high := rule["maximum"].(float64)
		if low && n < least || high && n > most {
			wrong = append(wrong, fmt.Sprintf("%s: %v is out of range", at, n))
		}
	}
	if items, ok := rule["items"].(map[string]any); ok {
		elements, _ := value.([]any)
		for i, element := range elements {
			wrong = append(wrong, s.check(fmt.Sprintf("%s[%d]", at, i), in, items, element)...)
		}
	}
	if object, ok := value.(map[string]any); ok {
		wrong = append(wrong, s.checkObject(at, in, rule, object)...)
	}
	return wrong
}

func (s *schema) checkObject(at, in string, rule map[string]any, object map[string]any) []string {
	var wrong []string
	required, _ := rule["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s: %v is missing", at, name))
		}
	}
	properties, _ := rule["properties"].(map[string]any)
	others, open := rule["additionalProperties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		below := at + "." + name
		property, ok := properties[name].(map[string]any)
		switch {
		case ok:
			s.seen[in+"."+name] = true
			wrong = append(wrong, s.check(below, in+"."+name, property, object[name])...)
		case open:
			wrong = append(wrong, s.check(below, in, others, object[name])...)
		default:
			wrong = append(wrong, below+": not in the schema")
		}
	}
	return wrong
}

func hasType(types, value any) bool {
	if list, ok := types.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return hasType(one, value) })
	}
	switch v := value.(type) {
	case nil:
		return types == "null"
	case string:
		return types == "string"
	case bool:
		return types == "boolean"
	case float64:
		return types == "number" || types == "integer" && v == float64(int64(v))
	case []any:
		return types == "array"
	case map[string]any:
		return types == "object"
	}
	return false
}

// fill gives every field of a struct a value that isn't its zero, each another one.
func fill(v reflect.Value, next *int) {
	*next++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 3, 13, 14, 2, *next%60, 0, time.UTC)))
		return
	case Epoch:
		v.Set(reflect.ValueOf(Epoch{Epoch: *next, Warmup: true, Metrics: map[string]float64{"au_fraction": 0.9}}))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), next)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		fill(element, next)
		v.SetMapIndex(reflect.ValueOf(fmt.Sprintf("key%d", *next)), element)
	case reflect.String:
		v.SetString(fmt.Sprintf("text%d", *next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*next) + 0.5)
	case reflect.Interface:
		v.Set(reflect.ValueOf(*next))
	default:
		v.SetInt(int64(*next))
	}
}

// fullRun has every field set; those that are bound to a list or range hold a legal value.
func fullRun() Run {
	var run Run
	next := 0
	fill(reflect.ValueOf(&run).Elem(), &next)
	run.Schema, run.Status, run.Verdict, run.Limit.Name, run.Plan.MinAU = Schema, Complete, Pass, "storage", 0.9
	for name, s := range run.Settings {
		s.From = "flag"
		run.Settings[name] = s
	}
	for round, d := range run.DLIO {
		d.AUMeetExpectation = "success"
		run.DLIO[round] = d
	}
	return run
}

func document(t *testing.T, run Run) map[string]any {
	t.Helper()
	text, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSchemaFitsRun(t *testing.T) {
	s := loadSchema(t)
	for _, wrong := range s.check("run", "run", s.root, document(t, fullRun())) {
		t.Error(wrong)
	}
	parts := map[string]any{"run": s.root}
	maps.Copy(parts, s.root["$defs"].(map[string]any))
	for part, rule := range parts {
		properties, _ := rule.(map[string]any)["properties"].(map[string]any)
		for name := range properties {
			if !s.seen[part+"."+name] {
				t.Errorf("%s.%s stands in the schema, and no run has it", part, name)
			}
		}
	}
}

// TestSchemaFitsEmptyRun: what a run may leave out isn't required, and what it always
// writes is.
func TestSchemaFitsEmptyRun(t *testing.T) {
	s := loadSchema(t)
	empty := Run{Schema: Schema, Status: Incomplete, Verdict: None}
	doc := document(t, empty)
	for _, wrong := range s.check("run", "run", s.root, doc) {
		t.Error(wrong)
	}
	required, _ := s.root["required"].([]any)
	for name := range doc {
		if !slices.Contains(required, any(name)) {
			t.Errorf("%s is always written, and the schema doesn't require it", name)
		}
	}
}

// TestUnmeasuredIsAbsent: what a block run didn't measure is no zero.
func TestUnmeasuredIsAbsent(t *testing.T) {
	s := loadSchema(t)
	empty := Run{Schema: Schema, Status: Incomplete, Verdict: None, Block: &Block{PerJob: []JobResult{{}}, Differences: []Difference{{A: map[string]string{}, B: map[string]string{}, Verdict: TooFew}}}}
	doc := document(t, empty)
	for _, wrong := range s.check("run", "run", s.root, doc) {
		t.Error(wrong)
	}
	block := doc["block"].(map[string]any)
	for list, absent := range map[string][]string{
		"per_job":     {"latency_p50_ns", "latency_p99_ns", "latency_max_ns"},
		"differences": {"ratio", "low", "high", "p"},
	} {
		for _, name := range absent {
			if v, ok := block[list].([]any)[0].(map[string]any)[name]; ok {
				t.Errorf("%s: %s is %v", list, name, v)
			}
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"another schema", func(d map[string]any) { d["schema"] = "lbench.run/2" }, "run.schema: lbench.run/2 isn't lbench.run/1"},
		{"unknown status", func(d map[string]any) { d["status"] = "done" }, "run.status: done isn't one of"},
		{"unknown limit", func(d map[string]any) { d["limit"].(map[string]any)["name"] = "disk" }, "run.limit.name: disk isn't one of"},
		{"no verdict", func(d map[string]any) { delete(d, "verdict") }, "run: verdict is missing"},
		{"a metric as text", func(d map[string]any) { d["metrics"] = map[string]any{"au_mean_fraction": "0.9"} }, "run.metrics.au_mean_fraction: 0.9 isn't a number"},
		{"a metric that is null", func(d map[string]any) { d["metrics"] = map[string]any{"x": nil} }, "run.metrics.x: <nil> isn't a number"},
		{"half a step", func(d map[string]any) { d["plan"].(map[string]any)["steps"] = 1.5 }, "run.plan.steps: 1.5 isn't a integer"},
		{"an AU in percent", func(d map[string]any) { d["plan"].(map[string]any)["min_au_fraction"] = 90.0 }, "run.plan.min_au_fraction: 90 is out of range"},
		{"a field too many", func(d map[string]any) { d["host"].(map[string]any)["colour"] = "red" }, "run.host.colour: not in the schema"},
		{"an epoch without number", func(d map[string]any) { delete(d["epochs"].([]any)[1].(map[string]any), "epoch") }, "run.epochs[1]: epoch is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := loadSchema(t)
			doc := document(t, fullRun())
			test.change(doc)
			wrong := s.check("run", "run", s.root, doc)
			if len(wrong) != 1 || !strings.HasPrefix(wrong[0], test.want) {
				t.Errorf("findings are %q, want one that starts with %q", wrong, test.want)
			}
		})
	}
}
