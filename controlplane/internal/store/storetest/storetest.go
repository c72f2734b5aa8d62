// Package storetest is the one place where the semantics of the store are written down: every database passes it.
package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
)

// Exercise runs the suite. open returns an empty store of its own for the test and closes it at its end.
func Exercise(t *testing.T, open func(t *testing.T) *store.Store) {
	for name, group := range map[string]func(t *testing.T, f fixture){
		"an account is created whole or not at all":             createAccount,
		"a session lives until it ends":                         sessions,
		"a second factor is used code by code":                  factors,
		"an organization demands a second factor":               rules,
		"an organization always has an owner":                   members,
		"concurrent removal of all owners leaves one":           concurrentOwners,
		"a cluster is created with its operation":               createCluster,
		"an idempotency key makes a call repeatable":            idempotency,
		"concurrent calls with one idempotency key make one":    concurrentIdempotency,
		"deleting a cluster twice runs one operation":           deleteCluster,
		"what the provisioner reports changes what is CREATING": statuses,
		"a removed cluster leaves only its history":             removeCluster,
		"an operation ends once":                                endOperation,
		"one operation at a time changes a cluster":             lifecycle,
		"a copy outlives its cluster":                           backups,
		"a fence is seen and lifted":                            fences,
		"what happens to a cluster is told once":                events,
		"an access key raises the revision":                     accessKeys,
		"a join token serves one node":                          joinTokens,
		"what was made in a cloud is remembered until it goes":  cloudResources,
		"a role belongs to one organization's cloud account":    cloudAccounts,
		"usage is booked once":                                  usage,
		"quotas reach the data plane":                           quotas,
		"a node is asked for something":                         nodeCommands,
		"a node's report is what the cluster shows":             nodes,
		"other organizations see and change nothing":            tenancy,
		"an identity provider is what was said last":            identityProviders,
		"a domain leads to one organization":                    emailDomains,
		"a log-in through a provider works once":                signIns,
		"groups give roles beside those by hand":                entrances,
		"a provider ends the sessions through it":               federatedSessions,
		"an invitation is used up once":                         invitations,
		"a project holds clusters":                              projects,
		"a grant is a role in a place":                          grants,
		"an organization makes roles":                           customRoles,
		"a group gives what it was granted":                     memberGroups,
		"a service account is a member":                         serviceAccounts,
		"an API key ends with its owner":                        apiKeys,
		"the first signing key stays":                           signingKeys,
		"one authority issues, the others retire":               authorities,
		"the database keeps its name":                           instance,
		"revisions rise when what all are told changes":         announce,
		"rights that are taken away end session tokens":         endedPasses,
		"the rules of an organization are told to its clusters": keyLife,
		"an entry comes back as it was, without secrets":        auditLog,
		"entries are found by what they say":                    auditSearch,
		"a sign-in is told to the organizations it leads to":    auditSignIns,
		"concurrent writers do not fork a chain":                concurrentAudit,
		"calls are counted for all processes":                   callCounts,
	} {
		t.Run(name, func(t *testing.T) { group(t, fixture{store: open(t)}) })
	}
}

// fixture is an empty store and the means to fill it.
type fixture struct{ store *store.Store }

// epoch is in whole microseconds, as the store keeps times.
var epoch = time.Date(2026, 5, 17, 12, 0, 0, 123456000, time.UTC)

func entry(organization string) audit.Entry {
	return audit.Entry{
		At: epoch, Organization: organization, Action: "test", Target: "test/1",
		Actor: audit.Actor{AccountID: "acc_1", Email: "ada@example.com", Address: "192.0.2.1", RequestID: "r1"},
	}
}

// account makes an account that owns an organization, both of that name.
func (f fixture) account(t *testing.T, name string) (identity.Account, tenant.Organization) {
	t.Helper()
	a := identity.Account{ID: "acc_" + name, Email: name + "@example.com", Name: name, CreatedAt: epoch}
	o := tenant.Organization{ID: "org_" + name, Name: name, CreatedAt: epoch, Role: authz.Owner}
	s := identity.Session{TokenHash: "session_" + name, AccountID: a.ID, CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
	must(t, f.store.CreateAccount(t.Context(), a, "hash of "+name, o, s, entry(o.ID)))
	return a, o
}

func newCluster(o tenant.Organization, name string) (cluster.Cluster, operation.Record) {
	c := cluster.Cluster{
		ID: "clu_" + o.Name + "_" + name, OrganizationID: o.ID, Organization: o.Name, Name: name, Cloud: "local",
		ProjectID: "prj_" + o.Name, Project: "default", Status: cluster.Creating, OperationID: "op_create_" + o.Name + "_" + name, Revision: 1, Version: 1, CreatedAt: epoch, BackupKeep: 7,
	}
	return c, newOperation(c, provisioner.CreateCluster, c.OperationID)
}

func newOperation(c cluster.Cluster, k operation.Kind, id string) operation.Record {
	return operation.Record{
		ID: id, OrganizationID: c.OrganizationID, Organization: c.Organization, Kind: k, State: operation.Running,
		ClusterID: c.ID, Cluster: c.Name, Cloud: c.Cloud, CreatedBy: "ada@example.com", CreatedAt: epoch,
	}
}

// cluster makes a cluster that is CREATING.
func (f fixture) cluster(t *testing.T, o tenant.Organization, name string) cluster.Cluster {
	t.Helper()
	c, r := newCluster(o, name)
	stored, created, err := f.store.CreateCluster(t.Context(), c, r, cluster.Idempotency{}, entry(o.ID))
	must(t, err)
	if !created {
		t.Fatal("cluster was not created")
	}
	return stored
}

// ready makes a cluster that is READY.
func (f fixture) ready(t *testing.T, o tenant.Organization, name string) cluster.Cluster {
	t.Helper()
	c := f.cluster(t, o, name)
	_, err := f.store.MarkReady(t.Context(), c.ID, entry(""))
	must(t, err)
	c, err = f.store.Cluster(t.Context(), o.ID, name)
	must(t, err)
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, k problem.Kind) {
	t.Helper()
	if problem.KindOf(err) != k {
		t.Fatalf("error is %v (kind %d), want kind %d", err, problem.KindOf(err), k)
	}
}

func wantField(t *testing.T, err error, k problem.Kind, field string) {
	t.Helper()
	wantKind(t, err, k)
	if e, _ := errors.AsType[*problem.Error](err); len(e.Fields) != 1 || e.Fields[0].Name != field {
		t.Fatalf("error %v does not name the field %s", err, field)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// auditCount returns how many entries an organization has.
func (f fixture) auditCount(t *testing.T, organization string) int {
	t.Helper()
	log, err := f.store.AuditLog(t.Context(), organization, audit.Filter{}, 1000)
	must(t, err)
	return len(log)
}

// anyone may be changed.
func anyone([]authz.Grant) error { return nil }
