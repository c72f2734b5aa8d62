package workflow

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// taskIDExpression is the one bare name that expressions may use.
const taskIDExpression = "CPEWF_TASK_ID"

// references reports the expressions in an input that name no task. refs has the reference names of all tasks.
func (v *validator) references(path string, input any, refs map[string]string) {
	switch input := input.(type) {
	case string:
		for root := range roots(input) {
			if _, known := refs[root]; !known && root != "workflow" && root != taskIDExpression {
				v.add(path, input, "refers to %q, which is no task of this workflow", root)
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(input)) {
			v.references(path+"."+k, input[k], refs)
		}
	case []any:
		for i, e := range input {
			v.references(fmt.Sprintf("%s[%d]", path, i), e, refs)
		}
	}
}

// roots yields the first name of every expression in s. Expressions that begin with another expression, with a
// function or with a deep scan have none.
func roots(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		last := strings.LastIndexByte(s, '}')
		for at := 0; ; {
			start := strings.Index(s[at:], "${")
			if start < 0 || at+start > last {
				return
			}
			start += at
			at = start + 2
			if start > 0 && s[start-1] == '$' {
				continue
			}
			rest := strings.TrimPrefix(strings.TrimLeft(s[at:], " "), "$.")
			end := strings.IndexAny(rest, ".[}($")
			if end <= 0 || rest[end] == '(' || rest[end] == '$' {
				continue
			}
			if name := strings.TrimSpace(rest[:end]); name != "" && !yield(name) {
				return
			}
		}
	}
}
