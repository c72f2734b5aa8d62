package audit

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// secret finds the names of fields whose text nobody may read in a log.
var secret = regexp.MustCompile(`(?i)(secret|password|passwd|passphrase|token|private|credential|apikey|cookie|authorization|hash|seed)`)

// masked stands for such a text.
const masked = "[hidden]"

// Mask encodes v as JSON, keys sorted, with the texts of fields hidden whose names say that they are secret. It is the
// second guard: entries are to be made without secrets.
func Mask(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return json.Marshal(mask(tree, false))
}

func mask(v any, hide bool) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			v[name] = mask(inner, hide || secret.MatchString(name))
		}
	case []any:
		for i, inner := range v {
			v[i] = mask(inner, hide)
		}
	case string:
		if hide && v != "" {
			return masked
		}
	}
	return v
}
