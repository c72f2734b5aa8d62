// Package wiretest checks that a struct's encoding leaves out none of its fields.
package wiretest

import (
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/podium-cloud/podium/dataplane/internal/wire"
)

// Covers fills every exported field of a T, lets set fill those that reflection can't, and fails unless all of them, but for
// the ones named in apart, come back from the encoded form.
func Covers[T any, P interface {
	*T
	wire.Fielder
}](t *testing.T, set func(P), apart ...string) {
	t.Helper()
	want := P(new(T))
	n := 0
	fill(t, reflect.ValueOf(want).Elem(), &n, apart)
	if set != nil {
		set(want)
	}
	empty(t, reflect.ValueOf(want).Elem(), apart)
	b, err := wire.Append([]byte("before"), want)
	if err != nil {
		t.Fatal(err)
	}
	got := P(new(T))
	if err := wire.Decode(b[len("before"):], got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%T came back as\n%+v\nwant\n%+v", got, got, want)
	}
	if b, err := wire.Append(nil, P(new(T))); err != nil || len(b) != 0 {
		t.Errorf("a zero %T takes %d bytes, %v", got, len(b), err)
	}
}

// each calls f for the exported fields of a struct, those of embedded structs among them.
func each(v reflect.Value, apart []string, f func(name string, v reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch {
		case field.Anonymous && field.Type.Kind() == reflect.Struct:
			each(v.Field(i), apart, f)
		case field.IsExported() && !slices.Contains(apart, field.Name):
			f(field.Name, v.Field(i))
		}
	}
}

// fill gives every field a value of its own.
func fill(t *testing.T, v reflect.Value, n *int, apart []string) {
	t.Helper()
	each(v, apart, func(name string, v reflect.Value) {
		*n++
		text := name + strconv.Itoa(*n)
		switch v.Kind() {
		case reflect.String:
			v.SetString(text)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Int, reflect.Int64:
			v.SetInt(int64(*n) << 33)
		case reflect.Uint8:
			v.SetUint(uint64(*n))
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.String {
				v.Set(reflect.ValueOf([]string{text, "", text}))
			}
		case reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{text: "a", "": text}))
		case reflect.Pointer:
			if _, ok := v.Interface().(wire.Fielder); ok {
				v.Set(reflect.New(v.Type().Elem()))
				fill(t, v.Elem(), n, apart)
			}
		}
	})
}

// empty fails for a field that nobody has filled: it would come back whatever the encoding does.
func empty(t *testing.T, v reflect.Value, apart []string) {
	t.Helper()
	each(v, apart, func(name string, v reflect.Value) {
		if v.IsZero() {
			t.Errorf("%s is not tested: fill it", name)
		}
	})
}
