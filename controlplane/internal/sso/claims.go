package sso

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/naming"
)

// ClaimNames says which claims hold what we need, and what stands for one that is not sent.
type ClaimNames struct {
	Email  string `json:"email"`
	Name   string `json:"name"`
	Groups string `json:"groups"`
	// EmailsVerified says that the provider's e-mails are verified where it does not say so itself.
	EmailsVerified bool `json:"emailsVerified"`
}

// Mapping turns groups into a role.
type Mapping struct {
	Groups        []GroupRole `json:"groups"`
	Default       authz.Role  `json:"default"`       // of people whose groups give none; empty keeps them out
	OwnersByGroup bool        `json:"ownersByGroup"` // without it no group makes an owner
}

// GroupRole is the role that a group gives.
type GroupRole struct {
	Group string     `json:"group"` // as the provider names it
	Role  authz.Role `json:"role"`
}

// RoleOf returns the highest role that the groups give, "" for none.
func (m Mapping) RoleOf(groups []string) authz.Role {
	role := m.Default
	for _, g := range m.Groups {
		if !slices.Contains(groups, g.Group) {
			continue
		}
		given := g.Role
		if given == authz.Owner && !m.OwnersByGroup {
			given = authz.Member
		}
		if role == "" || given.Rank() > role.Rank() {
			role = given
		}
	}
	return role
}

// TestResult is what a test log-in has shown.
type TestResult struct {
	At       time.Time      `json:"at"`
	Problems []string       `json:"problems"` // what would keep this person out; none: they would have been let in
	Email    string         `json:"email"`
	Name     string         `json:"name"`
	Groups   []string       `json:"groups"`
	Role     authz.Role     `json:"role"`
	Claims   map[string]any `json:"claims"`
	SaysWhen bool           `json:"saysWhen"` // the provider tells when somebody has proven who they are (auth_time)
}

// person is who a provider says somebody is.
type person struct {
	subject    string
	email      string // lower case; empty: none that is one
	name       string
	groups     []string
	unverified bool   // the provider says that the e-mail is not proven
	unsaid     bool   // neither the provider nor an owner says whether it is
	odd        string // why there is no e-mail, or no groups
}

// readPerson reads what a provider says; it fails on nothing, as a test log-in shows all there is.
func readPerson(claims map[string]any, names ClaimNames) person {
	p := person{groups: []string{}}
	p.subject, _ = claims["sub"].(string)
	text, _ := claims[names.Email].(string)
	email, wrong := naming.Email(text)
	switch {
	case text == "":
		p.odd = fmt.Sprintf("The provider sends no claim “%s” with the e-mail. It sends: %s. Change the name of the claim, or ask "+
			"for a scope that brings it.", names.Email, strings.Join(keysOf(claims), ", "))
	case wrong != "":
		p.odd = fmt.Sprintf("The claim “%s” is not an e-mail address.", names.Email)
	default:
		p.email = email
	}
	if p.name, _ = claims[names.Name].(string); p.name == "" {
		p.name, _, _ = strings.Cut(p.email, "@")
	}
	if runes := []rune(p.name); len(runes) > 100 {
		p.name = string(runes[:100])
	}
	switch v := claims[names.Groups].(type) {
	case string:
		p.groups = []string{v}
	case []any:
		for _, g := range v {
			if text, ok := g.(string); ok {
				p.groups = append(p.groups, text)
			}
		}
	}
	// Only true says yes; as text it is taken from who is trusted to say nothing at all.
	switch v := claims["email_verified"].(type) {
	case bool:
		p.unverified = !v
	case nil:
		p.unsaid = !names.EmailsVerified
	default:
		p.unverified = v != "true"
		p.unsaid = !p.unverified && !names.EmailsVerified
	}
	return p
}

// problemsOf returns what keeps somebody out, in the words of somebody who can mend it.
func problemsOf(p person, claims map[string]any, names ClaimNames, role authz.Role, proven bool) []string {
	problems := []string{}
	if p.odd != "" {
		problems = append(problems, p.odd)
	}
	if p.unsaid {
		problems = append(problems, "The provider does not say that the e-mail is verified: it sends no claim “email_verified” that is true. "+
			"Have it send one; or, if people cannot choose their e-mail there, tick “E-mails are verified” under Settings, Scopes and claims.")
	}
	if p.unverified {
		problems = append(problems, "The provider says that the e-mail is not verified (email_verified is not true).")
	}
	if p.email != "" && !proven {
		problems = append(problems, fmt.Sprintf("The domain %s is not proven to be yours. Prove it on the page Single sign-on.", domainOf(p.email)))
	}
	if role == "" {
		if _, sent := claims[names.Groups]; !sent {
			problems = append(problems, fmt.Sprintf("The provider sends no claim “%s”, so no group gives a role. It sends: %s.",
				names.Groups, strings.Join(keysOf(claims), ", ")))
		} else {
			problems = append(problems, "None of the groups gives a role, and people without one are kept out.")
		}
	}
	return problems
}

// plumbing are claims of the protocol, which hold nothing about the person.
var plumbing = []string{"iss", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "s_hash", "azp", "auth_time", "jti", "sid", "acr", "amr"}

func keysOf(claims map[string]any) []string {
	var names []string
	for name := range claims {
		if !slices.Contains(plumbing, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// shown returns the claims that a test log-in shows.
func shown(claims map[string]any) map[string]any {
	out := map[string]any{}
	for _, name := range keysOf(claims) {
		out[name] = claims[name]
	}
	return out
}
