package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
)

func newCloudAccount(o tenant.Organization, id, name, role string) cloudaccount.Account {
	return cloudaccount.Account{
		Account:        aws.Account{Number: "123456789012", Region: "eu-central-1", Role: role, ExternalID: "external of " + id},
		OrganizationID: o.ID, ID: id, Name: name, State: cloudaccount.Declared, Findings: []provisioner.Finding{}, CreatedBy: "ada@example.com", CreatedAt: epoch,
	}
}

func same(t *testing.T, what string, got, want cloudaccount.Account) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %+v, want %+v", what, got, want)
	}
}

// cloudAccounts covers S-72: whoever comes second does not get a role, in whichever organization.
func cloudAccounts(t *testing.T, f fixture) {
	ctx := t.Context()
	_, o := f.account(t, "ada")
	_, eve := f.account(t, "eve")
	want := newCloudAccount(o, "acct_1", "theirs", "role-1")
	must(t, f.store.CreateCloudAccount(ctx, want, entry(o.ID)))
	wantField(t, f.store.CreateCloudAccount(ctx, newCloudAccount(o, "acct_2", "theirs", "role-2"), entry(o.ID)), problem.Conflict, "name")
	wantField(t, f.store.CreateCloudAccount(ctx, newCloudAccount(o, "acct_2", "second", "role-1"), entry(o.ID)), problem.Conflict, "role")
	wantField(t, f.store.CreateCloudAccount(ctx, newCloudAccount(eve, "acct_2", "theirs", "role-1"), entry(eve.ID)), problem.Conflict, "role")
	got, err := f.store.CloudAccount(ctx, o.ID, "acct_1")
	must(t, err)
	same(t, "account", got, want)
	got, err = f.store.CloudAccountOf(ctx, "ada", "acct_1")
	must(t, err)
	same(t, "account by the name of its organization", got, want)
	for _, of := range []string{"eve", ""} {
		_, err = f.store.CloudAccountOf(ctx, of, "acct_1")
		wantKind(t, err, problem.NotFound)
	}
	_, err = f.store.CloudAccount(ctx, eve.ID, "acct_1")
	wantKind(t, err, problem.NotFound)

	in := func(name string) error {
		c, r := newCluster(o, name)
		c.AccountID = "acct_1"
		_, _, err := f.store.CreateCluster(ctx, c, r, cluster.Idempotency{}, entry(o.ID))
		return err
	}
	wantField(t, in("early"), problem.Invalid, "account")
	want.State, want.CheckedAt, want.ProvenAt = cloudaccount.Active, epoch.Add(time.Hour), epoch.Add(time.Hour)
	want.Findings = []provisioner.Finding{{Check: "door", Level: provisioner.LevelOK, Text: "closed"}}
	must(t, f.store.CheckCloudAccount(ctx, want, entry(o.ID)))
	must(t, in("first"))
	want.Clusters = []string{"first"}
	got, err = f.store.CloudAccount(ctx, o.ID, "acct_1")
	must(t, err)
	same(t, "account in use", got, want)
	c, err := f.store.Cluster(ctx, o.ID, "first")
	must(t, err)
	specs, err := f.store.ClusterSpecs(ctx)
	must(t, err)
	if c.AccountID != "acct_1" || len(specs) != 1 || specs[0].Account != "acct_1" {
		t.Errorf("cluster in %q, specs %+v", c.AccountID, specs)
	}

	wantKind(t, f.store.DeleteCloudAccount(ctx, o.ID, "acct_1", entry(o.ID)), problem.Conflict)
	_, err = f.store.AddBackup(ctx, c.ID, provisioner.Backup{Name: "b1", At: epoch, Bytes: 1}, false, entry(""))
	must(t, err)
	_, err = f.store.RemoveCluster(ctx, c.ID, entry(""))
	must(t, err)
	wantKind(t, f.store.DeleteCloudAccount(ctx, o.ID, "acct_1", entry(o.ID)), problem.Conflict)
	must(t, f.store.DropBackup(ctx, c.ID, "b1"))
	must(t, f.store.DeleteCloudAccount(ctx, eve.ID, "acct_1", entry(eve.ID)))
	must(t, f.store.DeleteCloudAccount(ctx, o.ID, "acct_1", entry(o.ID)))
	_, err = f.store.CloudAccount(ctx, o.ID, "acct_1")
	wantKind(t, err, problem.NotFound)
	wantKind(t, f.store.CheckCloudAccount(ctx, want, entry(o.ID)), problem.NotFound)
}
