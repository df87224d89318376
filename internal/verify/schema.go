package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lbench/lbench/docs"
	"github.com/lbench/lbench/internal/result"
)

// openRun reads run.json and holds it against the schema. False where it can't be read as
// a run, which is then found. A schema of another version is an error: nothing can be said.
func (l *ledger) openRun(dir string, schema *schemaRules) (*result.Folder, bool, error) {
	text, err := result.ReadRegular(filepath.Join(dir, result.RunFile))
	if ofMachine(err) {
		return nil, false, err
	}
	if err != nil {
		return nil, false, fmt.Errorf("verify run folder %q: %w", dir, err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		l.find(result.RunFile, "", nil, nil, "it is empty")
		return nil, false, nil
	}
	doc, err := parse(text)
	if err != nil {
		l.find(result.RunFile, "", nil, nil, "%s", badJSON(text, err))
		return nil, false, nil
	}
	top, _ := doc.(map[string]any)
	if top["schema"] != result.Schema {
		return nil, false, fmt.Errorf("verify %q: %s has the schema %q, this lbench reads [%s]: use the lbench that wrote it", dir, result.RunFile, shorten(fmt.Sprint(top["schema"])), result.Schema)
	}
	l.schema(doc, schema)
	f := &result.Folder{Dir: dir}
	if err := json.Unmarshal(text, &f.Run); err != nil {
		l.find(result.RunFile, "", nil, nil, "it can't be read as a run: %v", err)
		return nil, false, nil
	}
	return f, true, nil
}

// badJSON says in one line what is wrong with a text that is no JSON.
func badJSON(text []byte, err error) string {
	var syntax *json.SyntaxError
	switch {
	case strings.Contains(err.Error(), "unexpected EOF"):
		return fmt.Sprintf("it ends in the middle, after %d bytes", len(text))
	case errors.As(err, &syntax):
		at := int(min(max(syntax.Offset-1, 0), int64(len(text))))
		line := 1 + bytes.Count(text[:at], []byte("\n"))
		if bytes.HasPrefix(text[at:], []byte("N")) || bytes.HasPrefix(text[at:], []byte("I")) || bytes.HasPrefix(text[at:], []byte("-I")) {
			return fmt.Sprintf("it isn't JSON, which has neither NaN nor Infinity: line %d: %v", line, err)
		}
		return fmt.Sprintf("it isn't JSON: line %d: %v", line, err)
	}
	return "it isn't JSON: " + err.Error()
}

// schemaRules is a JSON Schema, compiled and as it stands.
type schemaRules struct {
	compiled *jsonschema.Schema
	root     map[string]any
}

// newSchema compiles the schema of run.json; without one it is this lbench's own.
func newSchema(schema []byte) (*schemaRules, error) {
	if len(schema) == 0 {
		schema = docs.ResultSchema
	}
	doc, err := parse(schema)
	if err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", result.RunFile, err)
	}
	compiler := jsonschema.NewCompiler()
	const name = "schema.json"
	if err := compiler.AddResource(name, doc); err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", result.RunFile, err)
	}
	compiled, err := compiler.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("read the schema of %s: %w", result.RunFile, err)
	}
	root, _ := doc.(map[string]any)
	return &schemaRules{compiled, root}, nil
}

// schema holds run.json against its JSON Schema, and notes the fields that it doesn't name.
func (l *ledger) schema(doc any, schema *schemaRules) {
	l.v.Checked++
	var invalid *jsonschema.ValidationError
	if err := schema.compiled.Validate(doc); errors.As(err, &invalid) {
		l.invalid(invalid, doc)
	}
	var unknown []string
	unknownFields(schema.root, schema.root, "", doc, &unknown)
	if len(unknown) > 0 {
		l.note("%s has fields that this lbench doesn't know, which were passed over: %s", result.RunFile, strings.Join(unknown[:min(len(unknown), mostFindings)], ", "))
	}
}

// invalid tells the causes of an error that have no causes themselves.
func (l *ledger) invalid(e *jsonschema.ValidationError, doc any) {
	for _, cause := range e.Causes {
		l.invalid(cause, doc)
	}
	if len(e.Causes) == 0 {
		figure, value := pathOf(doc, e.InstanceLocation)
		l.findOne("the schema", result.RunFile, figure, leafOf(value), nil, "by the schema: %s", e.DetailedOutput().Error)
	}
}

// pathOf spells a place in a document as "epochs[3].au_fraction", and gives what is there.
func pathOf(doc any, location []string) (path string, value any) {
	value = doc
	for _, part := range location {
		switch at := value.(type) {
		case []any:
			path += "[" + part + "]"
			if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(at) {
				value = at[i]
			}
		case map[string]any:
			path, value = join(path, part), at[part]
		}
	}
	return path, value
}

// unknownFields lists the fields of a document that its schema neither names nor allows
// under any name.
func unknownFields(root, rules map[string]any, path string, doc any, to *[]string) {
	if ref, ok := rules["$ref"].(string); ok {
		defs, _ := root["$defs"].(map[string]any)
		rules, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	switch doc := doc.(type) {
	case []any:
		items, _ := rules["items"].(map[string]any)
		for i, element := range doc {
			unknownFields(root, items, fmt.Sprintf("%s[%d]", path, i), element, to)
		}
	case map[string]any:
		properties, _ := rules["properties"].(map[string]any)
		others, anyName := rules["additionalProperties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(doc)) {
			inner, known := properties[name].(map[string]any)
			switch {
			case known:
				unknownFields(root, inner, join(path, name), doc[name], to)
			case anyName:
				unknownFields(root, others, join(path, name), doc[name], to)
			case properties != nil:
				*to = append(*to, join(path, name))
			}
		}
	}
}
