package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/workflow"
)

// Bounds of a request body, in bytes, unpacked. Larger payloads are put into the payload store by their client.
const (
	maxBody = 32 << 20
	// ordinary bodies are read at once, and their buffers go back to a pool; a rare giant must not stay in memory.
	ordinary = 1 << 20
)

// giants is for the bodies that are no ordinary ones: while one is handled it takes several times its size, and this process's
// memory is bounded whatever number of clients sends one.
var giants = make(chan struct{}, 8)

// bodyTimeout is how long a client may take to send its body.
const bodyTimeout = time.Minute

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// withBody reads the request's body and calls f with it. The bytes are f's only until it returns.
func withBody(c echo.Context, f func([]byte) error) error {
	r := c.Request()
	buf := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 2*ordinary {
			buf.Reset()
			bodies.Put(buf)
		}
	}()
	var src io.Reader = r.Body
	if r.ContentLength > maxBody {
		return bodyTooLarge()
	}
	if r.ContentLength != 0 {
		// Not the server's read timeout: that would end waiting calls and streams too.
		control := http.NewResponseController(c.Response())
		if control.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil {
			defer func() { _ = control.SetReadDeadline(time.Time{}) }()
		}
	}
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(src)
		if errors.Is(err, io.EOF) {
			return f(nil)
		}
		if err != nil {
			return workflow.Errorf(workflow.Invalid, "The body is not gzip as its Content-Encoding says: %s.", err)
		}
		src = z
	} else if r.ContentLength > 0 {
		buf.Grow(int(min(r.ContentLength, ordinary)) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(src, ordinary+1))
	if err == nil && n > ordinary {
		select {
		case giants <- struct{}{}:
			defer func() { <-giants }()
		case <-r.Context().Done():
			return r.Context().Err()
		}
		var more int64
		if r.ContentLength > n {
			buf.Grow(int(r.ContentLength-n) + bytes.MinRead)
		}
		more, err = buf.ReadFrom(io.LimitReader(src, maxBody+1-n))
		n += more
	}
	switch {
	case n > maxBody:
		return bodyTooLarge()
	case err != nil:
		return workflow.Errorf(workflow.Invalid, "The body could not be read: %s.", err)
	case !utf8.Valid(buf.Bytes()):
		return workflow.Errorf(workflow.Invalid, "The body is not valid UTF-8.")
	}
	return f(bytes.TrimSpace(buf.Bytes()))
}

func bodyTooLarge() error {
	return workflow.Errorf(workflow.TooLarge, "The request body is larger than %d MiB.", maxBody>>20)
}

// decode reads a body that must be there into v, which keeps no reference to it.
func decode(c echo.Context, v any) error {
	return withBody(c, func(b []byte) error {
		if len(b) == 0 {
			return workflow.Errorf(workflow.Invalid, "The body is missing; it must be JSON.")
		}
		if err := workflow.Unmarshal(b, v); err != nil {
			return malformed(err, b, v)
		}
		return nil
	})
}

// decodeOptional is decode for a body that may be missing; v is left alone then.
func decodeOptional(c echo.Context, v any) error {
	return withBody(c, func(b []byte) error {
		if len(b) == 0 {
			return nil
		}
		if err := workflow.Unmarshal(b, v); err != nil {
			return malformed(err, b, v)
		}
		return nil
	})
}

// payload reads a body that is a JSON object; a missing one is the empty object.
func payload(c echo.Context) (workflow.Payload, error) {
	var p workflow.Payload
	err := decodeOptional(c, &p)
	return p, err
}

// decodeList reads a JSON list. A single object counts as a list of one: clients differ.
func decodeList[T any](c echo.Context) ([]T, error) {
	var list []T
	err := withBody(c, func(b []byte) error {
		if len(b) > 0 && b[0] == '{' {
			list = make([]T, 1)
			if err := workflow.Unmarshal(b, &list[0]); err != nil {
				return malformed(err, b, &list[0])
			}
			return nil
		}
		if len(b) == 0 {
			return workflow.Errorf(workflow.Invalid, "The body is missing; it must be a JSON list.")
		}
		if err := workflow.Unmarshal(b, &list); err != nil {
			return malformed(err, b, &list)
		}
		return nil
	})
	return list, err
}

// pathText returns a path parameter as it was meant.
func pathText(c echo.Context, param string) string {
	v := c.Param(param)
	if c.Request().URL.RawPath == "" {
		return v // net/http has decoded it
	}
	if s, err := url.PathUnescape(v); err == nil {
		return s
	}
	return v
}

// pathName returns a path parameter that names a definition or a task. Java's client writes a space as +, and names may
// have spaces but no plus sign.
func pathName(c echo.Context, param string) string {
	if v := c.Param(param); strings.Contains(v, "+") {
		if s, err := url.QueryUnescape(v); err == nil {
			return s
		}
	}
	return pathText(c, param)
}

// pathInt returns a whole number of the path.
func pathInt(c echo.Context, param string) (int, error) {
	n, err := strconv.ParseInt(pathText(c, param), 10, 32)
	if err != nil {
		return 0, invalid(param, "must be a whole number, not %q", pathText(c, param))
	}
	return int(n), nil
}

// queryInt returns a whole number of the query within bounds; def when it is missing or empty.
func queryInt(c echo.Context, param string, def, least, most int) (int, error) {
	n, err := queryInt64(c, param, int64(def), int64(least), int64(most))
	return int(n), err
}

// queryInt64 is queryInt for times.
func queryInt64(c echo.Context, param string, def, least, most int64) (int64, error) {
	v := c.QueryParam(param)
	if v == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, invalid(param, "must be a whole number, not %q", v)
	}
	if n < least || n > most {
		return 0, invalid(param, "must be between %d and %d", least, most)
	}
	return n, nil
}

func queryBool(c echo.Context, param string, def bool) (bool, error) {
	v := c.QueryParam(param)
	if v == "" {
		return def, nil
	}
	b, err := strconv.ParseBool(strings.ToLower(v))
	if err != nil {
		return false, invalid(param, "must be true or false, not %q", v)
	}
	return b, nil
}

// taskStatus returns the status of the path, which must be one that workers may report.
func taskStatus(c echo.Context) (workflow.TaskStatus, error) {
	s := workflow.TaskStatus(strings.ToUpper(pathText(c, "status")))
	if !s.ResultStatus() {
		return "", invalid("status", "must be IN_PROGRESS, COMPLETED, FAILED, FAILED_WITH_TERMINAL_ERROR or CANCELED, not %q", pathText(c, "status"))
	}
	return s, nil
}

// tidy removes doubled and trailing slashes from the path: clients make them from base addresses with a slash at the
// end.
func tidy(r *http.Request) {
	if p := r.URL.Path; len(p) < 2 || p[len(p)-1] != '/' && !strings.Contains(p, "//") {
		return
	}
	u := *r.URL
	if u.RawPath != "" {
		u.RawPath = single(u.RawPath)
		if p, err := url.PathUnescape(u.RawPath); err == nil {
			u.Path = p
		}
	} else {
		u.Path = single(u.Path)
	}
	r.URL = &u
}

// legible reports whether all that a URL says is UTF-8. Parameters of paths may be unescaped once more.
func legible(u *url.URL) bool {
	path, err := url.QueryUnescape(u.Path)
	if !utf8.ValidString(u.Path) || err == nil && !utf8.ValidString(path) {
		return false
	}
	query, err := url.QueryUnescape(u.RawQuery)
	return err != nil || utf8.ValidString(query)
}

func single(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	if len(p) > 1 {
		p = strings.TrimSuffix(p, "/")
	}
	return p
}

// quoted returns a string body: raw, or as a JSON string.
func quoted(b []byte) string {
	var s string
	if len(b) > 1 && b[0] == '"' && json.Unmarshal(b, &s) == nil {
		return s
	}
	return string(b)
}
