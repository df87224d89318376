// Package docs holds the documents that lbench itself needs.
package docs

import _ "embed" // the schema

// ResultSchema is the JSON Schema of run.json.
//
//go:embed result.schema.json
var ResultSchema []byte
