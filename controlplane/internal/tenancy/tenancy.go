// Package tenancy carries whose rows a call may touch from where that is found out to where PostgreSQL is told.
//
// It is the second lock beside the filters of the statements: on PostgreSQL a call whose context says nothing sees no row of
// any organization. Only what finds out who calls, and what Podium does by itself, works [Everywhere].
package tenancy

import "context"

// Scope is whose rows may be touched. The zero value: nobody's.
type Scope struct {
	Organization string // id
	Everywhere   bool
}

type key struct{}

// Within confines a call to the rows of one organization.
func Within(ctx context.Context, organization string) context.Context {
	return context.WithValue(ctx, key{}, Scope{Organization: organization})
}

// Everywhere lets a call touch the rows of all organizations. Its statements must be right about whose they touch.
func Everywhere(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, Scope{Everywhere: true})
}

// Of returns the scope of a call, or the given one when nothing was said.
func Of(ctx context.Context, otherwise Scope) Scope {
	if s, said := ctx.Value(key{}).(Scope); said {
		return s
	}
	return otherwise
}
