package rest

import (
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/directory"
	"github.com/podium-cloud/podium/dataplane/internal/openapi"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// tagAccess groups the operations on who may do what.
const tagAccess = "Access"

// accessOperations describes the routes of applications, users, groups and grants.
func accessOperations() []openapi.Operation {
	read, write := access.AccessRead, access.AccessWrite
	tags, said := []workflow.Tag{}, message{}
	return group(tagAccess, "", []openapi.Operation{
		{Method: get, Path: "/api/token/userInfo", Permission: access.SelfRead, Summary: "Who the caller is", Result: userInfo{}},
		{Method: get, Path: "/podium/v1/me", Permission: access.SelfRead, Summary: "What the caller may do", Result: me{}},
		{Method: get, Path: "/podium/v1/grants", Permission: read, Summary: "All grants", Result: []directory.Grant{}},
		{Method: get, Path: "/podium/v1/accounts/:id", Permission: read, Summary: "What a user, or an application as app:ID, may do, and by what", Result: account{}},

		{Method: get, Path: "/api/applications", Permission: read, Summary: "All applications", Result: []application{}},
		{Method: post, Path: "/api/applications", Permission: write, Summary: "Make an application", Body: named{}, Result: application{}},
		{Method: get, Path: "/api/applications/key/:key", Permission: read, Summary: "The application of an access key", Result: application{}},
		{Method: get, Path: "/api/applications/:id", Permission: read, Summary: "An application", Result: application{}},
		{Method: put, Path: "/api/applications/:id", Permission: write, Summary: "Rename an application", Body: named{}, Result: application{}},
		{Method: remove, Path: "/api/applications/:id", Permission: write, Summary: "Remove an application with its keys and grants", Result: said},
		{Method: get, Path: "/api/applications/:id/accessKeys", Permission: read, Summary: "The access keys of an application, without their secrets", Result: []keyInfo{}},
		{Method: post, Path: "/api/applications/:id/accessKeys", Permission: write, Summary: "Make an access key; its secret is told only here", Body: keyInput{}, Result: newKey{}},
		{Method: post, Path: "/api/applications/:id/accessKeys/:key/rotate", Permission: write, Summary: "Give an access key another secret; the present one stays good for a time", Body: directory.Rotation{}, Result: newKey{}},
		{Method: remove, Path: "/api/applications/:id/accessKeys/:key", Permission: write, Summary: "Remove an access key; its tokens are refused at once", Result: said},
		{Method: post, Path: "/api/applications/:id/accessKeys/:key/status", Permission: write, Summary: "Pause an access key, or let a paused one in again", Result: keyInfo{}},
		{Method: post, Path: "/api/applications/:id/roles/:role", Permission: write, Summary: "Give an application a role", Result: object{}},
		{Method: remove, Path: "/api/applications/:id/roles/:role", Permission: write, Summary: "Take a role from an application", Result: object{}},
		{Method: get, Path: "/api/applications/:id/tags", Permission: read, Summary: "The tags of an application", Result: tags},
		{Method: put, Path: "/api/applications/:id/tags", Permission: write, Summary: "Add tags to an application", Body: tags},
		{Method: remove, Path: "/api/applications/:id/tags", Permission: write, Summary: "Take tags off an application", Body: tags},

		{Method: get, Path: "/api/users", Permission: read, Summary: "All users", Query: "apps:bool", Result: []user{}},
		{Method: get, Path: "/api/users/:id", Permission: read, Summary: "A user", Result: user{}},
		{Method: put, Path: "/api/users/:id", Permission: write, Summary: "Make a user or change one", Body: directory.UserInput{}, Result: user{}},
		{Method: remove, Path: "/api/users/:id", Permission: write, Summary: "Forget a user with what was granted to them", Result: said},
		{Method: get, Path: "/api/users/:id/permissions", Permission: read, Summary: "What was granted to a user", Result: granted{}},
		{Method: get, Path: "/api/users/:id/checkPermissions", Permission: read, Summary: "What a user may do with a thing", Query: "!type !id", Result: map[string]bool{}},

		{Method: get, Path: "/api/groups", Permission: read, Summary: "All groups", Result: []userGroup{}},
		{Method: get, Path: "/api/groups/:id", Permission: read, Summary: "A group", Result: userGroup{}},
		{Method: put, Path: "/api/groups/:id", Permission: write, Summary: "Make a group or change one", Body: directory.GroupInput{}, Result: userGroup{}},
		{Method: remove, Path: "/api/groups/:id", Permission: write, Summary: "Remove a group", Result: said},
		{Method: get, Path: "/api/groups/:id/permissions", Permission: read, Summary: "What was granted to a group", Result: granted{}},
		{Method: get, Path: "/api/groups/:id/users", Permission: read, Summary: "The users of a group", Result: []user{}},
		{Method: post, Path: "/api/groups/:id/users", Permission: write, Summary: "Put users into a group", Body: []string{}},
		{Method: remove, Path: "/api/groups/:id/users", Permission: write, Summary: "Take users out of a group", Body: []string{}},
		{Method: post, Path: "/api/groups/:id/users/:user", Permission: write, Summary: "Put a user into a group", Result: object{}},
		{Method: remove, Path: "/api/groups/:id/users/:user", Permission: write, Summary: "Take a user out of a group", Result: object{}},

		{Method: get, Path: "/api/roles", Permission: read, Summary: "All roles", Result: []role{}},
		{Method: get, Path: "/api/roles/system", Permission: read, Summary: "All roles, by name", Result: map[string]role{}},
		{Method: get, Path: "/api/roles/custom", Permission: read, Summary: "The roles that were made here: none", Result: []role{}},
		{Method: get, Path: "/api/roles/permissions", Permission: read, Summary: "What roles can allow", Result: map[string]permission{}},
		{Method: get, Path: "/api/roles/:name", Permission: read, Summary: "A role", Result: role{}},

		{Method: post, Path: "/api/auth/authorization", Permission: write, Summary: "Grant accesses to a target", Body: directory.Grant{}, Result: said},
		{Method: remove, Path: "/api/auth/authorization", Permission: write, Summary: "Take granted accesses back", Body: directory.Grant{}, Result: said},
		{Method: get, Path: "/api/auth/authorization/:type/:id", Permission: read, Summary: "Who was granted what on a target", Result: map[string][]directory.Subject{}},
	})
}
