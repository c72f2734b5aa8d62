package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/schema"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

func def(t *testing.T, data string) *workflow.SchemaDef {
	t.Helper()
	d := &workflow.SchemaDef{}
	if err := json.Unmarshal([]byte(`{"name":"s","type":"JSON","data":`+data+`}`), d); err != nil {
		t.Fatal(err)
	}
	return d
}

const order = `{"type":"object","required":["id"],"additionalProperties":false,"properties":{
	"id":{"type":"string","minLength":1},"n":{"type":"integer","maximum":12345678901234567890},
	"lines":{"type":"array","items":{"$ref":"#/$defs/line"}}},
	"$defs":{"line":{"type":"object","required":["sku"],"properties":{"sku":{"type":"string"}}}}}`

func TestCheck(t *testing.T) {
	for _, c := range []struct{ schema, payload, want string }{
		{order, `{"id":"a"}`, ""},
		{order, `{"id":"a","n":12345678901234567890}`, ""},
		{order, `{"id":"a","n":12345678901234567891}`, "in.n: "},
		{order, `{}`, "in.id: is missing"},
		{order, `{"id":"a","more":1}`, "in.more: is not allowed"},
		{order, `{"id":7}`, "in.id: got number, want string"},
		{order, `{"id":"a","lines":[{"sku":"x"},{}]}`, "in.lines.1.sku: is missing"},
		{`{"type":"object","patternProperties":{"^S_":{"type":"string"}}}`, `{"S_1":1}`, "in.S_1: got number, want string"},
		{`{"not":{"required":["a"]}}`, `{"a":1}`, "in: "},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"const":1}}}`, `{"a":2}`, "in.a: "},
		{`{"name":"order","type":"JSON","data":` + order + `}`, `{}`, "in.id: is missing"},
		{`{"type":"object","required":["id"],"properties":{"$schema":"http://json-schema.org/draft-07/schema","id":{"type":"string"}}}`, `{"id":1}`, "in.id: got number"},
	} {
		found, err := schema.Check(def(t, c.schema), workflow.Payload(c.payload), "in")
		got := schema.Reason(found)
		if err != nil || (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.payload, got, err, c.want)
		}
	}
}

func TestCheck_OfWhatIsNotChecked(t *testing.T) {
	for _, d := range []*workflow.SchemaDef{nil, {Type: "AVRO", Data: map[string]any{"type": "string"}}, {Type: "JSON", ExternalRef: "http://x"}} {
		if found, err := schema.Check(d, nil, "in"); found != nil || err != nil {
			t.Errorf("%+v: got %v, %v", d, found, err)
		}
	}
}

func TestCompile_RefusesWhatIsNoWholeSchema(t *testing.T) {
	for data, want := range map[string]string{
		`{"type":"objekt"}`:                           "data.type",
		`{"pattern":"("}`:                             "pattern",
		`{"$ref":"#/$defs/nothing"}`:                  "nothing",
		`{"$ref":"http://127.0.0.1:1/s.json"}`:        "whole in itself",
		`{"$ref":"file:///etc/passwd"}`:               "whole in itself",
		`{"$ref":"other.json"}`:                       "whole in itself",
		`{"$schema":"http://127.0.0.1:1/meta","a":1}`: "whole in itself",
	} {
		err := schema.Compile(def(t, data))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", data, err, want)
		}
	}
}
