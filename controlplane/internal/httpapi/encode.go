package httpapi

import (
	"encoding/json"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
)

// each encodes a list; the result is not nil, so that it is written as [].
func each[From, To any](list []From, encode func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = encode(v)
	}
	return out
}

// maybe leaves out a zero value.
func maybe[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func maybeTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func organizationJSON(o tenant.Organization, held authz.Rights) api.Organization {
	return api.Organization{
		Id: o.ID, Name: o.Name, Role: string(o.Role), Permissions: permissionNames(held, whole(o)), CreatedAt: o.CreatedAt,
		State: api.OrganizationState(o.State()), Closed: maybe(o.Closed(o.Name)), Suspension: suspensionJSON(o.Life), Deletion: deletionJSON(o.Life),
		SecondFactorMissing: maybe(o.SecondFactorMissing), MaxKeyDays: maybe(o.MaxKeyDays),
	}
}

func suspensionJSON(l tenant.Life) *api.Suspension {
	if l.SuspendedAt.IsZero() {
		return nil
	}
	return &api.Suspension{Since: l.SuspendedAt, Reason: l.Suspension}
}

func deletionJSON(l tenant.Life) *api.OrganizationDeletion {
	if l.DeletionAskedAt.IsZero() {
		return nil
	}
	return &api.OrganizationDeletion{
		AskedAt: l.DeletionAskedAt, AskedBy: l.DeletionAskedBy, DeleteAt: l.DeleteAt, Operation: maybe(l.DeletionOperation),
	}
}

func memberJSON(m tenant.Member) api.Member {
	return api.Member{Id: m.AccountID, Email: m.Email, Name: m.Name, Role: api.Role(m.Role), Provider: maybe(m.Provider), Since: m.Since, PasswordAlone: maybe(m.PasswordAlone)}
}

func clusterJSON(c cluster.Cluster, o operation.Operation) api.Cluster {
	encoded := operationJSON(o)
	out := api.Cluster{
		Id: c.ID, Name: c.Name, Organization: c.Organization, Project: c.Project, Cloud: c.Cloud, State: api.ClusterState(c.Status),
		Reason: maybe(c.Reason), Endpoint: maybe(c.Endpoint), Console: maybe(c.Console), Version: maybe(c.Node.Version),
		CreatedAt: c.CreatedAt, ReadyAt: maybeTime(c.ReadyAt), LastSeenAt: maybeTime(c.Node.SeenAt), Operation: &encoded,
		Region: maybe(c.Region), Size: maybe(c.Size), Nodes: maybe(c.Nodes), Model: maybe(api.ClusterModel(c.Model)),
		WantedVersion: maybe(c.Software), Protected: &c.Protected, BackupEveryHours: &c.BackupHours, BackupKeep: &c.BackupKeep, BackupKeepDays: &c.BackupDays,
		Account: maybe(c.AccountID),
	}
	if f := c.Fence; f != nil {
		out.Fence = &api.Fence{TakenAt: f.TakenAt, Since: f.Since}
	}
	if len(c.Node.Executions) > 0 {
		out.Executions = &c.Node.Executions
	}
	return out
}

func operationJSON(o operation.Operation) api.Operation {
	return api.Operation{
		Id: o.ID, Kind: api.OperationKind(o.Kind), State: api.OperationState(o.State), Cluster: o.Cluster,
		Organization: o.Organization, Reason: maybe(o.Reason), CreatedBy: maybe(o.CreatedBy), CreatedAt: o.CreatedAt,
		EndedAt: maybeTime(o.EndedAt), Steps: each(o.Steps, stepJSON), Waiting: waitingJSON(o.Waiting),
		CancelledBy: maybe(o.CancelledBy), Left: maybe(o.Left), NotUndone: maybe(o.NotUndone), Target: maybe(o.Target()),
		Verbs: new(each(o.Verbs, func(v operation.Verb) api.OperationVerbs { return api.OperationVerbs(v) })),
	}
}

func stepJSON(s operation.Step) api.Step {
	return api.Step{
		Name: s.Name, Title: s.Title, State: api.StepState(s.State), Attempts: maybe(s.Attempts), Rounds: maybe(s.Rounds), Reason: maybe(s.Reason),
		StartedAt: maybeTime(s.StartedAt), EndedAt: maybeTime(s.EndedAt),
	}
}

func keyJSON(k cluster.AccessKey) api.AccessKey {
	out := api.AccessKey{
		Id: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, CreatedBy: maybe(k.CreatedBy), ExpiresAt: k.ExpiresAt,
		Role: api.ClusterRole(k.Role), Paused: k.Paused,
	}
	if !k.UsedAt.IsZero() {
		out.LastUsedAt = &k.UsedAt
	}
	if !k.FormerUntil.IsZero() {
		out.FormerUntil = &k.FormerUntil
	}
	return out
}

func auditJSON(e audit.Entry) api.AuditEntry {
	return api.AuditEntry{
		Id: e.ID, Sequence: e.Sequence, At: e.At, Actor: maybe(e.Actor.Email), Address: maybe(e.Actor.Address),
		Credential: maybe(e.Actor.Credential), RequestId: maybe(e.Actor.RequestID), Action: e.Action, Outcome: api.AuditOutcome(e.Outcome),
		Target: e.Target, Reason: maybe(e.Reason), Before: object(e.Before), After: object(e.After), Hash: e.Hash,
	}
}

func object(v any) *map[string]any {
	text, _ := v.(json.RawMessage)
	var m map[string]any
	if json.Unmarshal(text, &m) != nil || m == nil {
		return nil
	}
	return &m
}
