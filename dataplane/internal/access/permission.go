package access

import "github.com/podium-cloud/podium/dataplane/fleetapi"

// Permission is what a call asks of its caller. Every operation of the API names one. It is a plain string, as tables of
// operations hold it that know nothing of this package.
type Permission = string

// The permissions. Reading never changes anything; writing makes, changes and removes.
const (
	Public           Permission = "public"            // anyone, without a token
	SelfRead         Permission = "self:read"         // who am I; every caller
	WorkflowRead     Permission = "workflow:read"     // workflow definitions, their tags and routes
	WorkflowWrite    Permission = "workflow:write"    //
	TaskDefRead      Permission = "taskdef:read"      // task definitions and their tags
	TaskDefWrite     Permission = "taskdef:write"     //
	SchemaRead       Permission = "schema:read"       //
	SchemaWrite      Permission = "schema:write"      //
	ExecutionRead    Permission = "execution:read"    // executions with their tasks and logs
	ExecutionStart   Permission = "execution:start"   //
	ExecutionOperate Permission = "execution:operate" // pause, resume, end, repeat, change what goes on
	ExecutionRemove  Permission = "execution:remove"  // take an execution out of the records
	TaskWork         Permission = "task:work"         // poll, report, log; signals and messages
	QueueRead        Permission = "queue:read"        // queues, who polls, what the server does
	QueueOperate     Permission = "queue:operate"     // offer tasks again
	SecretList       Permission = "secret:list"       // names and tags
	SecretRead       Permission = "secret:read"       // values, where the server gives them out at all
	SecretWrite      Permission = "secret:write"      //
	VariableRead     Permission = "variable:read"     //
	VariableWrite    Permission = "variable:write"    //
	EventRead        Permission = "event:read"        // event handlers and what they did
	EventWrite       Permission = "event:write"       //
	ScheduleRead     Permission = "schedule:read"     //
	ScheduleWrite    Permission = "schedule:write"    //
	ScheduleOperate  Permission = "schedule:operate"  // pause and resume
	AccessRead       Permission = "access:read"       // applications, users, groups and grants
	AccessWrite      Permission = "access:write"      //
	ServerRead       Permission = "server:read"       // metrics and configuration
)

// Permissions are all of them that a role can have.
var Permissions = []Permission{
	WorkflowRead, WorkflowWrite, TaskDefRead, TaskDefWrite, SchemaRead, SchemaWrite, ExecutionRead, ExecutionStart,
	ExecutionOperate, ExecutionRemove, TaskWork, QueueRead, QueueOperate, SecretList, SecretRead, SecretWrite, VariableRead,
	VariableWrite, EventRead, EventWrite, ScheduleRead, ScheduleWrite, ScheduleOperate, AccessRead, AccessWrite, ServerRead,
}

// Rights is a set of permissions.
type Rights uint64

var bits = func() map[Permission]Rights {
	out := make(map[Permission]Rights, len(Permissions)+2)
	for i, p := range Permissions {
		out[p] = 1 << (i + 1)
	}
	out[Public], out[SelfRead] = 1, 1
	return out
}()

// RightsOf returns the set of some permissions. Public and SelfRead are in every set but the empty one.
func RightsOf(ps ...Permission) Rights {
	r := Rights(1)
	for _, p := range ps {
		r |= bits[p]
	}
	return r
}

// Known reports whether a permission is one of this package's.
func Known(p Permission) bool { return bits[p] != 0 }

// Has reports whether a permission is in the set.
func (r Rights) Has(p Permission) bool {
	b := bits[p]
	return b != 0 && r&b != 0
}

// List returns the permissions of the set, in the order of [Permissions].
func (r Rights) List() []Permission {
	out := []Permission{}
	for _, p := range Permissions {
		if r.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// every is the right to do everything.
var every = RightsOf(Permissions...)

var (
	viewing = RightsOf(WorkflowRead, TaskDefRead, SchemaRead, ExecutionRead, QueueRead, SecretList, VariableRead, EventRead,
		ScheduleRead, ServerRead)
	operating  = viewing | RightsOf(ExecutionStart, ExecutionOperate, ExecutionRemove, TaskWork, QueueOperate, ScheduleOperate)
	developing = operating | RightsOf(WorkflowWrite, TaskDefWrite, SchemaWrite, SecretRead, SecretWrite, VariableWrite, EventWrite, ScheduleWrite)
	working    = RightsOf(TaskWork, ExecutionStart, ExecutionRead, WorkflowRead, TaskDefRead, SchemaRead, QueueRead)
)

// RoleRights returns what a role may do everywhere in the cluster. A role that is not known may do nothing.
func RoleRights(role fleetapi.ClusterRole) Rights {
	switch role {
	case fleetapi.ClusterAdmin:
		return every
	case fleetapi.ClusterDeveloper:
		return developing
	case fleetapi.ClusterOperator:
		return operating
	case fleetapi.ClusterViewer:
		return viewing
	case fleetapi.ClusterWorker:
		return working
	}
	return 0
}
