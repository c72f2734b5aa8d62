package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

// bodyLimit is how long a caller may take to send a body.
const bodyLimit = 30 * time.Second

// binder reads a JSON body strictly: one value, no unknown fields.
type binder struct{}

// Bind implements echo.Binder.
func (binder) Bind(v any, c echo.Context) error {
	return decode(c, v, (*json.Decoder).DisallowUnknownFields)
}

// decode reads a body that holds one JSON value.
func decode(c echo.Context, v any, options ...func(*json.Decoder)) error {
	// The server has no limit of its own, as calls that last would end by it.
	connection := http.NewResponseController(c.Response())
	if err := connection.SetReadDeadline(time.Now().Add(bodyLimit)); err != nil {
		return fmt.Errorf("limit reading: %w", err)
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return unreadable(err)
	}
	if holdsNUL(body) {
		return problem.New(problem.Malformed, "The body holds a text with the character NUL.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	for _, option := range options {
		option(d)
	}
	if err := d.Decode(v); err != nil {
		return unreadable(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.Malformed, "The body holds more than one JSON value.")
	}
	if err := connection.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("end limit of reading: %w", err)
	}
	return nil
}

// unreadable explains why a body could not be decoded, naming the field where there is one.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return problem.New(problem.Malformed, "The body must be a JSON object.")
		}
		return field(wrong.Field, "must not be a JSON "+wrong.Value)
	}
	// The package has no type for this one.
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		return field(strings.Trim(name, `"`), "is not a field of this request")
	}
	if errors.Is(err, io.EOF) {
		return problem.New(problem.Malformed, "The body is empty; it must be a JSON object.")
	}
	return problem.New(problem.Malformed, "The body is not JSON: %v.", err)
}

func field(name, message string) error {
	return &problem.Error{
		Kind: problem.Malformed, Detail: "The request cannot be read.", Fields: []problem.Field{{Name: name, Message: message}},
	}
}
