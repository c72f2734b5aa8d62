package expr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
)

// ErrTimeLimit says that a script or a query was stopped because it ran for too long.
var ErrTimeLimit = errors.New("time limit exceeded")

// ScriptError is what is wrong with a script or a query, or what it threw. It is meant for the author of the definition.
type ScriptError struct {
	Message string // as the language words it, e.g. TypeError: Cannot read property 'x' of undefined
	Line    int    // 1-based; 0 if unknown
}

func (e *ScriptError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (line %d)", e.Message, e.Line)
}

const (
	maxScript       = 128 << 10 // bytes; a parser's stack grows with what it parses
	maxCachedScript = 64 << 10  // bytes
	cachedScripts   = 256
)

// script is a compiled JavaScript program and what it seems to need of the optional globals, which cost time to make.
type script struct {
	program *goja.Program
	console bool
	json    bool
	javaish bool
}

var scripts = newCache[*script](cachedScripts)

// CheckJavaScript reports whether a script can be parsed; the error is a [*ScriptError].
func CheckJavaScript(source string) error {
	_, err := parseScript(source)
	return err
}

func parseScript(source string) (*goja.Program, error) {
	boundRegexps()
	if strings.TrimSpace(source) == "" {
		return nil, &ScriptError{Message: "the script is empty"}
	}
	if len(source) > maxScript {
		return nil, &ScriptError{Message: fmt.Sprintf("the script has %d bytes; %d are allowed", len(source), maxScript)}
	}
	tree, err := parser.ParseFile(nil, "", source, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, syntaxError(err)
	}
	program, err := goja.CompileAST(tree, false)
	if err != nil {
		return nil, syntaxError(err)
	}
	return program, nil
}

func compileScript(source string) (*script, error) {
	if s, ok := scripts.Get(source); ok {
		return s, nil
	}
	program, err := parseScript(source)
	if err != nil {
		return nil, err
	}
	s := &script{
		program: program,
		console: strings.Contains(source, "console"),
		json:    strings.Contains(source, "parse"),
		javaish: javaish(source),
	}
	if len(source) <= maxCachedScript {
		scripts.Add(strings.Clone(source), s)
	}
	return s, nil
}

func syntaxError(err error) *ScriptError {
	message, position := err.Error(), file.Position{}
	if list, ok := errors.AsType[parser.ErrorList](err); ok && len(list) > 0 {
		message, position = list[0].Message, list[0].Position
	} else if e, ok := errors.AsType[*goja.CompilerSyntaxError](err); ok {
		message = e.Message
		if e.File != nil {
			position = e.File.Position(e.Offset)
		}
	}
	return &ScriptError{Message: "SyntaxError: " + message, Line: position.Line}
}
