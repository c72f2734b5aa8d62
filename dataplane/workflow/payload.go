package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Payload is a JSON object kept as the bytes it arrived in, so that it is decoded only where an expression needs it
// and numbers keep their digits. The zero value stands for the empty object.
type Payload []byte

// ErrNotObject says that a payload is JSON but not an object.
var ErrNotObject = errors.New("must be a JSON object")

// NewPayload encodes v, which must encode to a JSON object or null.
func NewPayload(v any) (Payload, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var p Payload
	return p, p.take(b)
}

// MarshalJSON writes the object; an empty payload is written as {}.
func (p Payload) MarshalJSON() ([]byte, error) {
	if len(p) == 0 {
		return []byte("{}"), nil
	}
	return p, nil
}

// UnmarshalJSON keeps a copy of the object. null is the empty payload; any other value is ErrNotObject.
func (p *Payload) UnmarshalJSON(b []byte) error {
	if err := p.take(bytes.TrimSpace(b)); err != nil {
		return err
	}
	*p = bytes.Clone(*p)
	return nil
}

// take makes the text of an object, without space around it, the payload.
func (p *Payload) take(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")) || len(b) == 0:
		*p = nil
	case b[0] != '{':
		return ErrNotObject
	case bytes.Equal(b, []byte("{}")):
		*p = nil
	default:
		*p = b
	}
	return nil
}

// Object decodes the payload; numbers become json.Number. An empty payload is an empty, non-nil map.
func (p Payload) Object() (map[string]any, error) {
	if len(p) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	out := map[string]any{}
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode payload: %w", err)
	}
	return out, nil
}

// Decode decodes the payload into v, as json.Unmarshal does.
func (p Payload) Decode(v any) error {
	if len(p) == 0 {
		p = Payload("{}")
	}
	return json.Unmarshal(p, v)
}

// String returns the JSON text.
func (p Payload) String() string {
	if len(p) == 0 {
		return "{}"
	}
	return string(p)
}
