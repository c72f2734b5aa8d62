// Package memory is an AWS that is only remembered, for tests: a [converge.Driver] that enforces what the emulator does not.
// Things take their time to be made and to go, on a clock that the test moves; what was just made is not shown at once; what
// others still use cannot be removed; ranges must not overlap; an account may have only so much; and a seed decides which
// calls are refused, fail, or are done without an answer.
package memory
