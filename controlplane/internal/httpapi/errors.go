package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
)

var statuses = map[problem.Kind]int{
	problem.Malformed:       http.StatusBadRequest,
	problem.Invalid:         http.StatusUnprocessableEntity,
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.Denied:          http.StatusForbidden,
	problem.NotFound:        http.StatusNotFound,
	problem.Conflict:        http.StatusConflict,
	problem.TooMany:         http.StatusTooManyRequests,
	problem.Unavailable:     http.StatusServiceUnavailable,
	problem.Stale:           http.StatusForbidden,
	problem.CodeWanted:      http.StatusUnauthorized,
	problem.Full:            http.StatusConflict,
	problem.Closed:          http.StatusForbidden,
}

// signInAgain is the type of a problem that goes away when the caller signs in again.
const signInAgain = "urn:podium:sign-in-again"

// codeWanted is the type of a problem that goes away with a code of the second factor.
const codeWanted = "urn:podium:code-wanted"

// quotaFull is the type of a problem that goes away with another plan, or when something is given back.
const quotaFull = "urn:podium:quota-full"

// organizationClosed is the type of a problem that goes away when the operator lifts a suspension, or an owner keeps the
// organization.
const organizationClosed = "urn:podium:organization-closed"

// fail writes every error as application/problem+json. Internal ones are logged here, once, and tell the caller only the id
// to find them by.
func (s *server) fail(err error, c echo.Context) {
	ctx := c.Request().Context()
	log := s.Logger.With("request", requestID(c), "method", c.Request().Method, "path", c.Request().URL.Path)
	if c.Response().Committed || ctx.Err() != nil {
		// Too late to answer, or nobody there: a stream that broke, a caller who left.
		if !errors.Is(err, context.Canceled) {
			log.WarnContext(ctx, "answer broken off", "error", err)
		}
		return
	}
	body, retry := describe(err)
	if body.Status == http.StatusInternalServerError {
		log.ErrorContext(ctx, "request failed", "error", err)
	}
	id := requestID(c)
	body.RequestId = &id
	if retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(retry))
	}
	text, err := json.Marshal(body)
	if err == nil {
		err = c.Blob(body.Status, "application/problem+json", text)
	}
	if err != nil {
		log.WarnContext(ctx, "answer broken off", "error", err)
	}
}

// describe returns what the caller is told and after how many seconds to come back, 0: not said.
func describe(err error) (api.Problem, int) {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		body := newProblem(statuses[p.Kind], p.Detail)
		switch p.Kind {
		case problem.Stale:
			body.Type = signInAgain
		case problem.Closed:
			body.Type = organizationClosed
		case problem.CodeWanted:
			body.Type = codeWanted
		default:
		}
		if p.Quota != nil {
			body.Type = quotaFull
			body.Quota = &api.FullQuota{Resource: api.PlanResource(p.Quota.Resource), Limit: p.Quota.Limit, Used: p.Quota.Used, Plan: p.Quota.Plan}
		}
		if len(p.Fields) > 0 {
			fields := make([]api.FieldError, len(p.Fields))
			for i, f := range p.Fields {
				fields[i] = api.FieldError{Field: f.Name, Message: f.Message}
			}
			body.Errors = &fields
		}
		return body, int(math.Ceil(p.RetryAfter.Seconds()))
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return newProblem(http.StatusRequestEntityTooLarge, "The request is larger than 1 MiB."), 0
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok && h.Code < http.StatusInternalServerError {
		detail, _ := h.Message.(string)
		return newProblem(h.Code, detail), 0
	}
	return newProblem(http.StatusInternalServerError, "Something went wrong on our side; the request id finds it in the log."), 0
}

func newProblem(status int, detail string) api.Problem {
	p := api.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status}
	if detail != "" && detail != p.Title {
		p.Detail = &detail
	}
	return p
}
