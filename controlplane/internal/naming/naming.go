// Package naming holds the rules for what people type to name things: organizations, clusters and their e-mail.
package naming

import (
	"net/mail"
	"regexp"
	"strings"
)

var pattern = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)

// Check returns what is wrong with a name, as a message for its field, and "" for a good one: 2 to 40 of a-z, 0-9 and -,
// beginning with a letter, not ending with -.
func Check(name string) string {
	switch {
	case name == "":
		return "is required"
	case len(name) < 2 || len(name) > 40:
		return "must have 2 to 40 characters"
	case !pattern.MatchString(name):
		return "must be of a-z, 0-9 and -, begin with a letter and not end with -"
	}
	return ""
}

// Email returns the form of an e-mail address that is stored and compared, lower case without spaces around, and what is
// wrong with it, "" for a good one.
func Email(text string) (address, wrong string) {
	address = strings.ToLower(strings.TrimSpace(text))
	parsed, err := mail.ParseAddress(address)
	switch {
	case address == "":
		return "", "is required"
	case len(address) > 254:
		return "", "must have at most 254 characters"
	case err != nil || parsed.Address != address:
		return "", "must be an e-mail address"
	}
	return address, ""
}
