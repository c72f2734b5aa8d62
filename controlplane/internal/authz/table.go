package authz

import (
	"slices"
	"strings"
)

// Permission is the right to call an operation.
type Permission string

// Permissions that need no role in an organization.
const (
	Public             Permission = "public"              // no session either
	AccountRead        Permission = "account.read"        // a session
	AccountUpdate      Permission = "account.update"      // a session
	OrganizationCreate Permission = "organization.create" // a session
)

// Role is a set of permissions: one of the built-in ones, or the id of a role that an organization has made.
type Role string

// The built-in roles. Those of an organization are given to its members; the others also for single projects and clusters.
const (
	Owner   Role = "owner"   // everything
	Admin   Role = "admin"   // everything but what decides who owns the organization, and its end
	Member  Role = "member"  // works with all clusters
	Auditor Role = "auditor" // sees everything and changes nothing
	Billing Role = "billing" // plan and usage, and nothing of what runs

	ProjectAdmin     Role = "project-admin"     // creates and deletes clusters, and says who may use them
	ClusterAdmin     Role = "cluster-admin"     // everything in a cluster, its keys, and who may use it
	ClusterDeveloper Role = "cluster-developer" // defines, runs and operates workflows
	ClusterOperator  Role = "cluster-operator"  // runs and operates workflows
	ClusterViewer    Role = "cluster-viewer"    // looks
	ClusterWorker    Role = "cluster-worker"    // works on tasks: for programs
	ClusterGuest     Role = "cluster-guest"     // opens the console, for what was granted inside the cluster
)

// customPrefix begins the id of a role that an organization has made; no built-in role begins with it.
const customPrefix = "rol_"

// OrganizationRoles returns the built-in roles of members, the mightiest first.
func OrganizationRoles() []Role { return []Role{Owner, Admin, Member, Auditor, Billing} }

// RoleNames lists the built-in roles of members, for messages.
func RoleNames() string {
	var names []string
	for _, r := range OrganizationRoles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// PartRoles returns the built-in roles for projects and clusters, the mightiest first.
func PartRoles() []Role {
	return []Role{ProjectAdmin, ClusterAdmin, ClusterDeveloper, ClusterOperator, ClusterViewer, ClusterWorker, ClusterGuest}
}

// Custom reports whether r has the form of a role that an organization has made.
func (r Role) Custom() bool { return strings.HasPrefix(string(r), customPrefix) }

// ForMembers reports whether r is one of the built-in roles of members.
func (r Role) ForMembers() bool { return slices.Contains(OrganizationRoles(), r) }

// ForParts reports whether r is one of the built-in roles for projects and clusters.
func (r Role) ForParts() bool { return slices.Contains(PartRoles(), r) }

// Rank orders the roles of members: what is shown of somebody with several is the highest. Those that an organization has
// made are below the built-in ones.
func (r Role) Rank() int {
	i := slices.Index(OrganizationRoles(), r)
	if i < 0 {
		return 0
	}
	return len(OrganizationRoles()) - i
}

// Definition tells people of a permission.
type Definition struct {
	Name  Permission
	Area  string // what it is about
	Title string // what one may do by it

	organization string // the roles of members that have it, apart from owners, who have all
	part         string // the roles for projects and clusters that have it; empty: it concerns the organization as a whole
}

// InParts reports whether the permission can be had for a single project or cluster.
func (d Definition) InParts() bool { return d.part != "" }

const (
	seesAll    = "admin member auditor"
	seesPeople = "admin auditor"
	seesUsage  = "admin member auditor billing"

	partAdmins = "project-admin cluster-admin"
	partUsers  = "project-admin cluster-admin cluster-developer cluster-operator cluster-viewer"
	partOpen   = "project-admin cluster-admin cluster-developer cluster-operator cluster-viewer cluster-guest"
	partAll    = "project-admin cluster-admin cluster-developer cluster-operator cluster-viewer cluster-worker cluster-guest"
)

// Members work with clusters: they see everything of the organization but who does what to people, open a cluster's console
// and make keys for their applications. What costs money, destroys data, cuts off an application or concerns people is the
// administrators'. Who owns the organization, and how one signs in to it, is the owners'.
var definitions = []Definition{
	{"organization.read", "Organization", "See the organization", seesUsage, ""},
	{"organization.update", "Organization", "Rename the organization", "admin", ""},
	{"organization.delete", "Organization", "Delete the organization, and keep it while there is grace", "", ""},
	{"quota.read", "Organization", "See plan, usage and limits", seesUsage, ""},
	{"quota.update", "Organization", "Set limits of what clusters may use", "admin billing", ""},
	{"audit.read", "Organization", "See who changed what", seesPeople, ""},
	{"key.rotate", "Organization", "Replace the key that seals its secrets", "", ""},
	{"audit.export", "Organization", "Export the audit log", seesPeople, ""},

	{"member.read", "People", "See members", seesUsage, ""},
	{"member.create", "People", "Add members", "admin", ""},
	{"member.update", "People", "Change the roles of members", "admin", ""},
	{"member.delete", "People", "Remove members", "admin", ""},
	{"session.read", "People", "See where members are signed in", seesPeople, ""},
	{"session.delete", "People", "Sign members out", "admin", ""},
	{"group.read", "People", "See groups", seesAll, ""},
	{"group.update", "People", "Make groups, and say who is in them", "admin", ""},
	{"role.read", "People", "See roles and what they allow", seesUsage, ""},
	{"role.update", "People", "Make roles", "admin", ""},
	{"invitation.read", "People", "See invitations", seesPeople, ""},
	{"invitation.create", "People", "Invite people", "admin", ""},
	{"invitation.delete", "People", "Take invitations back", "admin", ""},
	{"sso.read", "People", "See single sign-on", seesPeople, ""},
	{"sso.update", "People", "Set up single sign-on", "", ""},

	{"serviceaccount.read", "Programs", "See service accounts", seesAll, ""},
	{"serviceaccount.update", "Programs", "Make service accounts and their API keys", "admin", ""},
	{"apikey.read", "Programs", "See API keys of people and service accounts", seesPeople, ""},
	{"apikey.update", "Programs", "Pause and delete API keys", "admin", ""},

	{"project.read", "Projects", "See projects", seesAll, partAll},
	{"project.create", "Projects", "Make projects", "admin", ""},
	{"project.update", "Projects", "Rename and delete projects, and move clusters", "admin", "project-admin"},
	{"grant.read", "Projects", "See who was given which role where", seesAll, partAdmins},
	{"grant.create", "Projects", "Give roles in projects and clusters, and take them back", "admin", partAdmins},

	{"operation.read", "Clusters", "See operations and their steps", seesAll, partAll},
	{"cluster.read", "Clusters", "See clusters", seesAll, partAll},
	{"cluster.use", "Clusters", "Open the console of a cluster", seesAll, partOpen},
	{"cluster.create", "Clusters", "Create clusters", "admin", "project-admin"},
	{"cluster.delete", "Clusters", "Delete clusters", "admin", "project-admin"},
	{"cluster.update", "Clusters", "Resize, upgrade, pause, back up and restore clusters", "admin", "project-admin"},
	{"operation.update", "Clusters", "Cancel, retry and resume operations", "admin", "project-admin"},
	{"backup.read", "Clusters", "See backups", seesAll, partUsers},
	{"backup.download", "Clusters", "Download backups, with all that clusters keep", "admin", "project-admin"},
	{"cluster.join", "Clusters", "Connect data planes in networks of one's own", "admin", "project-admin cluster-admin"},
	{"cloudaccount.read", "Clusters", "See cloud accounts of one's own", seesAll, ""},
	{"cloudaccount.update", "Clusters", "Add, check and remove cloud accounts of one's own", "admin", ""},
	{"peering.read", "Clusters", "See networks and peerings", seesAll, partUsers},
	{"peering.create", "Clusters", "Connect networks of one's own", "admin", partAdmins},
	{"peering.delete", "Clusters", "Disconnect networks", "admin", partAdmins},
	{"accesskey.read", "Clusters", "See access keys", seesAll, "project-admin cluster-admin cluster-developer cluster-operator"},
	{"accesskey.create", "Clusters", "Make access keys", "admin member", "project-admin cluster-admin cluster-developer"},
	{"accesskey.update", "Clusters", "Pause access keys and renew their secrets", "admin member", "project-admin cluster-admin cluster-developer"},
	{"accesskey.delete", "Clusters", "Delete access keys", "admin", partAdmins},

	{"cluster.view", "Inside clusters", "Look at definitions and executions", seesAll, partUsers},
	{
		"cluster.work", "Inside clusters", "Work on tasks and start workflows, as programs do", "admin member",
		"project-admin cluster-admin cluster-developer cluster-operator cluster-worker",
	},
	{
		"cluster.operate", "Inside clusters", "Run, pause, retry and end executions", "admin member",
		"project-admin cluster-admin cluster-developer cluster-operator",
	},
	{
		"cluster.develop", "Inside clusters", "Change definitions of workflows and tasks", "admin member",
		"project-admin cluster-admin cluster-developer",
	},
	{"cluster.administer", "Inside clusters", "Everything else, such as secrets and who may use what", "admin", partAdmins},
}

// Definitions returns all permissions that roles give, by area. Owners have all of them.
func Definitions() []Definition { return slices.Clone(definitions) }

// Title says what one may do by a permission, "" for one that roles do not give.
func Title(p Permission) string {
	i := slices.IndexFunc(definitions, func(d Definition) bool { return d.Name == p })
	if i < 0 {
		return ""
	}
	return definitions[i].Title
}

// Known reports whether p is a permission at all.
func Known(p Permission) bool { return !Scoped(p) || given(p) }

// Scoped reports whether p is given by a role in an organization.
func Scoped(p Permission) bool {
	return p != Public && p != AccountRead && p != AccountUpdate && p != OrganizationCreate
}

func given(p Permission) bool {
	return slices.ContainsFunc(definitions, func(d Definition) bool { return d.Name == p })
}

// Roles returns the built-in roles that have the permission.
func (d Definition) Roles() []Role {
	var list []Role
	for name := range strings.FieldsSeq(d.roles()) {
		list = append(list, Role(name))
	}
	return list
}

// roles returns their names with a space before and after each.
func (d Definition) roles() string {
	return " " + string(Owner) + " " + d.organization + " " + d.part + " "
}

// has reports whether the role of a grant has a permission.
func (g Grant) has(d Definition) bool { return g.within(d.roles(), d.Name) }

// within reports whether the role of a grant is among some or, being made by an organization, has the permission.
func (g Grant) within(roles string, p Permission) bool {
	if g.Role.Custom() {
		return slices.Contains(g.Permissions, p)
	}
	return (g.Role.ForMembers() || g.Role.ForParts()) && strings.Contains(roles, " "+string(g.Role)+" ")
}

// Has reports whether a built-in role has a permission.
func (r Role) Has(p Permission) bool {
	return slices.ContainsFunc(definitions, func(d Definition) bool { return d.Name == p && Grant{Role: r}.has(d) })
}
