package workloads

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML is the training as a workload file in DLIO's schema, with all that lbench
// uses, defaults included. What isn't from the workload file has a comment that
// says where it comes from. Loading it again gives the same training.
func (t Training) YAML() []byte { return t.document("") }

// HydraYAML is YAML the way hydra leaves it in dlio_config/config.yaml: under
// "workload".
func (t Training) HydraYAML() []byte { return t.document("workload") }

func (t Training) document(under string) []byte {
	body := mapping()
	sections := map[string]*yaml.Node{}
	for _, k := range keys() {
		section, name, nested := strings.Cut(k.name, ".")
		place := body
		if !nested {
			name = section
		} else if place = sections[section]; place == nil {
			place = mapping()
			sections[section] = place
			put(body, section, place)
		}
		value := scalar(plain(k.get(&t)))
		if from := t.Settings[k.name].From; from != "workload" {
			value.LineComment = from
		}
		put(place, name, value)
		if k.name == "framework" { // what every lbench training does, said in DLIO's words
			workflow := mapping()
			put(workflow, "generate_data", boolean("False"))
			put(workflow, "train", boolean("True"))
			put(body, "workflow", workflow)
		}
	}
	if under != "" {
		outer := mapping()
		put(outer, under, body)
		body = outer
	}
	return encode(t.Description, body)
}

// encode prints a document under its description.
func encode(description string, body *yaml.Node) []byte {
	var b bytes.Buffer
	if description != "" {
		fmt.Fprintf(&b, "# %s\n", description)
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Sprintf("encode workload: %v", err)) // nodes made here; writing to memory
	}
	return b.Bytes()
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func put(m *yaml.Node, name string, value *yaml.Node) {
	m.Content = append(m.Content, scalar(name), value)
}

func boolean(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: text}
}

// scalar is one value. A number has no exponent, since the YAML 1.1 that DLIO reads
// takes 1e-06 for text.
func scalar(v any) *yaml.Node {
	var n yaml.Node
	switch v := v.(type) {
	case string:
		n.SetString(v)
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if v == math.Trunc(v) {
			n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: text}
		} else {
			n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: text}
		}
	default:
		n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(v)}
	}
	return &n
}
