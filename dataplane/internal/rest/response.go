package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"
)

// Header values that every answer shares; assigned as they are, they cost no allocation.
var (
	typeJSON = []string{"application/json"}
	typeText = []string{"text/plain; charset=utf-8"}
	nosniff  = []string{"nosniff"}
)

// encoder is a JSON encoder with its buffer.
type encoder struct {
	buf bytes.Buffer
	enc *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	return e
}}

// writeJSON answers v. Nothing is sent when it cannot be encoded.
func writeJSON(c echo.Context, v any) error {
	e := encoders.Get().(*encoder)
	defer func() {
		if e.buf.Cap() <= ordinary {
			e.buf.Reset()
			encoders.Put(e)
		}
	}()
	if err := e.enc.Encode(v); err != nil {
		return err
	}
	w := c.Response()
	h := w.Header()
	h["Content-Type"] = typeJSON
	h["X-Content-Type-Options"] = nosniff
	h["Content-Length"] = []string{strconv.Itoa(e.buf.Len())}
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(e.buf.Bytes())
	return err
}

// writeAppended answers v, which encodes itself.
func writeAppended(c echo.Context, v interface{ AppendJSON([]byte) ([]byte, error) }) error {
	e := encoders.Get().(*encoder)
	defer func() {
		if e.buf.Cap() <= ordinary {
			e.buf.Reset()
			encoders.Put(e)
		}
	}()
	b, err := v.AppendJSON(e.buf.AvailableBuffer())
	if err != nil {
		return err
	}
	e.buf.Write(b) // keeps what AppendJSON grew
	w := c.Response()
	h := w.Header()
	h["Content-Type"] = typeJSON
	h["X-Content-Type-Options"] = nosniff
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(b)
	return err
}

// writeText answers a bare string: no quotes, no newline.
func writeText(c echo.Context, s string) error {
	w := c.Response()
	w.Header()["Content-Type"] = typeText
	w.Header()["X-Content-Type-Options"] = nosniff
	w.WriteHeader(http.StatusOK)
	_, err := w.Write([]byte(s))
	return err
}

// done answers a call without a result: an empty 200 without a content type, unless err is set.
func done(c echo.Context, err error) error {
	if err != nil {
		return err
	}
	c.Response().WriteHeader(http.StatusOK)
	return nil
}

// empty answers 204 without a content type, unless err is set.
func empty(c echo.Context, err error) error {
	if err != nil {
		return err
	}
	c.Response().WriteHeader(http.StatusNoContent)
	return nil
}

// orEmpty makes a nil list an empty one: clients iterate what they get.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
