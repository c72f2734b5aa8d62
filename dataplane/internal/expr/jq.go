package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

const (
	maxQuery      = 64 << 10 // bytes
	cachedQueries = 256
	maxResults    = 100_000 // values that a query may give
)

var queries = newCache[*gojq.Code](cachedQueries)

// CheckJQ reports whether a jq query is valid; the error is a [*ScriptError].
func CheckJQ(query string) error {
	_, err := compileQuery(query)
	return err
}

// JQ runs a jq query on input and returns all its results as decoded JSON; integral numbers are int64, or json.Number
// where that is too small. The query sees neither files nor the environment. Errors: [*ScriptError] for a wrong query,
// for what it raised and for results that are too many or too large, [ErrTimeLimit] after [DefaultLimit], or the
// context's.
func JQ(ctx context.Context, query string, input any) ([]any, error) {
	code, err := compileQuery(query)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, DefaultLimit, ErrTimeLimit)
	defer cancel()
	results, left := []any{}, maxResult
	iter := code.RunWithContext(limited, queryInput(input))
	for {
		v, ok := iter.Next()
		if !ok {
			return results, nil
		}
		if err, failed := v.(error); failed {
			if limited.Err() != nil {
				return nil, fmt.Errorf("the query was stopped: %w", context.Cause(limited))
			}
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return results, nil
			}
			message := err.Error()
			if raised, ok := errors.AsType[gojq.ValueError](err); ok { // by the query, in its own words
				if said, ok := raised.Value().(string); ok {
					message = said
				}
			}
			return nil, &ScriptError{Message: message}
		}
		out := queryResult(v, &left)
		if left < 0 || len(results) == maxResults {
			return nil, &ScriptError{Message: fmt.Sprintf("the query gives more than %d MiB or %d results", maxResult>>20, maxResults)}
		}
		results = append(results, out)
	}
}

func compileQuery(query string) (*gojq.Code, error) {
	if c, ok := queries.Get(query); ok {
		return c, nil
	}
	if len(query) > maxQuery {
		return nil, &ScriptError{Message: fmt.Sprintf("the query has %d bytes; %d are allowed", len(query), maxQuery)}
	}
	parsed, err := gojq.Parse(query)
	if err != nil {
		return nil, &ScriptError{Message: err.Error()}
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, &ScriptError{Message: err.Error()}
	}
	queries.Add(strings.Clone(query), code)
	return code, nil
}

// queryInput copies v, because a query may write to its input, with the number types that the library knows.
func queryInput(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = queryInput(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = queryInput(e)
		}
		return out
	case int64:
		return int(v)
	}
	return v
}

// queryResult copies a result and counts its size in JSON, roughly, down from left; below 0 the copy is not complete.
func queryResult(v any, left *int) any {
	*left -= 2
	if *left < 0 {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			*left -= len(k) + 4
			out[k] = queryResult(v[k], left)
		}
		return out
	case []any:
		out := make([]any, 0, min(len(v), max(*left, 0)))
		for _, e := range v {
			out = append(out, queryResult(e, left))
		}
		return out
	case string:
		*left -= len(v)
	case int:
		return int64(v)
	case *big.Int:
		*left -= v.BitLen() / 3
		return json.Number(v.String())
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil // JSON has no word for them
		}
		if v == math.Trunc(v) && math.Abs(v) <= maxSafeInteger {
			return int64(v)
		}
	}
	return v
}
