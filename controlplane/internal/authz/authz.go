// Package authz decides what a role may do. It is pure: a table from permissions to the roles that have them.
//
// Permissions are the ones that the operations of openapi.yaml name in x-permission. Two kinds need no role: [Public] ones
// and those that only concern the caller's own account.
package authz

import "slices"

// Permission is the right to call an operation.
type Permission string

// Permissions that need no role in an organization.
const (
	Public             Permission = "public"              // no session either
	AccountRead        Permission = "account.read"        // a session
	AccountUpdate      Permission = "account.update"      // a session
	OrganizationCreate Permission = "organization.create" // a session
)

// Role is what an account is in an organization.
type Role string

// The roles.
const (
	Owner  Role = "owner"
	Member Role = "member"
)

// Members work with clusters: they see everything of the organization, open a cluster's console and make keys for their
// applications. What costs money, destroys data, cuts off an application or concerns people is the owners'.
var table = map[Permission][]Role{
	"organization.read": {Owner, Member},
	"member.read":       {Owner, Member},
	"member.create":     {Owner},
	"member.delete":     {Owner},
	"audit.read":        {Owner},
	"audit.export":      {Owner},
	"invitation.read":   {Owner},
	"invitation.create": {Owner},
	"invitation.delete": {Owner},
	"sso.read":          {Owner},
	"sso.update":        {Owner},
	"operation.read":    {Owner, Member},
	"cluster.read":      {Owner, Member},
	"cluster.use":       {Owner, Member},
	"cluster.create":    {Owner},
	"cluster.delete":    {Owner},
	"accesskey.read":    {Owner, Member},
	"accesskey.create":  {Owner, Member},
	"accesskey.delete":  {Owner},
}

// Known reports whether p is a permission at all.
func Known(p Permission) bool {
	_, inTable := table[p]
	return inTable || !Scoped(p)
}

// Scoped reports whether p is given by a role in an organization.
func Scoped(p Permission) bool {
	return p != Public && p != AccountRead && p != AccountUpdate && p != OrganizationCreate
}

// Allows reports whether a role has a scoped permission. Unknown permissions and roles have nothing.
func Allows(r Role, p Permission) bool { return slices.Contains(table[p], r) }

// Valid reports whether r is one of the roles.
func Valid(r Role) bool { return r == Owner || r == Member }
