package aws_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/aws"
	"github.com/podium-cloud/podium/provisioner/aws/internal/faultproxy"
	"github.com/podium-cloud/podium/provisioner/aws/mototest"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

// patiently repeats a call as the engine does while it is Pending.
func patiently(t *testing.T, what string, call func() error) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	err := call()
	for provisioner.AsPending(err) != nil && time.Now().Before(deadline) {
		select {
		case <-time.After(soon):
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
		err = call()
	}
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// keeping makes what a cluster keeps its things in, with a real database in the place of RDS, which the emulator does not run.
func keeping(t *testing.T, cloud *aws.Cloud, config sdk.Config, s provisioner.ClusterSpec) (database string) {
	t.Helper()
	for _, p := range []provisioner.Part{provisioner.Network, provisioner.Database, provisioner.Storage} {
		patiently(t, "ensure "+string(p), func() error { return cloud.Ensure(t.Context(), s, p) })
	}
	database = pgtest.New(t, migrations.DataPlane())
	secrets := secretsmanager.NewFromConfig(config)
	found, err := secrets.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{
		Filters: []types.Filter{{Key: types.FilterNameStringTypeTagValue, Values: []string{s.ID}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found.SecretList {
		if strings.HasSuffix(*v.Name, "/secret-database") {
			content, _ := json.Marshal(map[string]string{"url": database, "password": "p"})
			if _, err := secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: v.ARN, SecretString: sdk.String(string(content))}); err != nil {
				t.Fatal(err)
			}
			return database
		}
	}
	t.Fatalf("the database of %s has no secret", s.ID)
	return ""
}

func query(t *testing.T, database, statement string) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	var text string
	if err := c.QueryRow(t.Context(), statement).Scan(&text); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	return text
}

// backsUpThroughFaults: a copy is written, listed, read and removed, and quotas are looked at, by a control plane and a container whose
// calls get lost, fail and are throttled.
func backsUpThroughFaults(t *testing.T, g *ground, moto *mototest.Server, s provisioner.ClusterSpec, recipient string) {
	t.Helper()
	ctx, proxy := t.Context(), faultproxy.Start(t, moto.URL, 3, 0)
	config := g.config
	config.AWS = config.AWS.Copy()
	config.AWS.BaseEndpoint, config.AWS.HTTPClient = sdk.String(proxy.URL), &http.Client{Timeout: faultproxy.Hang / 4}
	cloud, err := aws.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	cloud.SetVisible(quick)
	proxy.Share(0.2)
	stubbornly := func(what string, call func() error) { // as a task that is tried again
		t.Helper()
		var err error
		for range 200 {
			if err = call(); err == nil {
				return
			}
			if provisioner.IsPermanent(err) {
				break
			}
			select {
			case <-time.After(soon):
			case <-ctx.Done():
			}
		}
		t.Fatalf("%s: %v", what, err)
	}
	stubbornly("back up", func() error {
		made, err := cloud.Backup(ctx, s, provisioner.Copy{Name: "b2", Recipient: recipient})
		if err == nil && made.Bytes == 0 {
			t.Errorf("made %+v", made)
		}
		return err
	})
	stubbornly("read", func() error {
		file, err := cloud.OpenBackup(ctx, s, "b2")
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		content, err := io.ReadAll(file)
		if err == nil && !strings.HasPrefix(string(content), "age-encryption.org") {
			t.Errorf("%d bytes that are not sealed", len(content))
		}
		return err
	})
	stubbornly("look at quotas", func() error {
		cloud.LookAgain()
		findings, err := cloud.CheckRoom(ctx, s)
		if err == nil && len(findings) == 0 {
			t.Error("no quota is looked at")
		}
		return err
	})
	stubbornly("remove", func() error { return cloud.RemoveBackup(ctx, s, "b2") })
	stubbornly("list", func() error {
		left, err := cloud.Leftovers(ctx, s)
		for _, r := range left {
			if r.Kind == "backup" && r.Name != "b1" {
				t.Errorf("left: %+v", r)
			}
		}
		return err
	})
	if met := proxy.Met(); len(met) == 0 {
		t.Errorf("no fault came up: %v", met)
	}
}

// TestBackup_ARealDataPlaneWritesACopyAndBringsItIn: containers are the real program over a real database, with what their task
// definitions, secrets and overrides give them; only Fargate and RDS are stand-ins.
func TestBackup_ARealDataPlaneWritesACopyAndBringsItIn(t *testing.T) {
	programs := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(programs, "dataplane"), "github.com/podium-cloud/podium/dataplane")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	moto := mototest.StartRunning(t, programs)
	config := moto.Config(region)
	g := newGround(t, config)
	cloud, err := aws.New(t.Context(), g.config)
	if err != nil {
		t.Fatal(err)
	}
	cloud.SetVisible(time.Second)
	ctx, one := t.Context(), cloudtest.Spec("one")
	database := keeping(t, cloud, config, one)
	query(t, database, `insert into documents (kind, key, value) values ('note', 'a', 'kept') returning ''`)

	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var made provisioner.Backup
	patiently(t, "back up", func() (err error) {
		made, err = cloud.Backup(ctx, one, provisioner.Copy{Name: "b1", Recipient: id.Recipient().String()})
		return err
	})
	if made.Name != "b1" || made.Bytes == 0 || time.Since(made.At) > time.Hour {
		t.Errorf("made %+v", made)
	}
	again, err := cloud.Backup(ctx, one, provisioner.Copy{Name: "b1", Recipient: id.Recipient().String()})
	if err != nil || again != made {
		t.Errorf("it was made again: %+v, then %+v, %v", made, again, err)
	}
	file, err := cloud.OpenBackup(ctx, one, "b1")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil || !strings.HasPrefix(string(content), "age-encryption.org") || int64(len(content)) != made.Bytes {
		t.Errorf("%d bytes of %d, sealed: %t, %v", len(content), made.Bytes, strings.HasPrefix(string(content), "age"), err)
	}
	_ = file.Close()
	query(t, database, `update documents set value = 'changed' where kind = 'note' returning ''`)

	backsUpThroughFaults(t, g, moto, one, id.Recipient().String())

	from := provisioner.Source{Cluster: one, Backup: "b1"}
	other, _ := age.GenerateX25519Identity()
	restore := func(key string) error {
		return cloud.Restore(ctx, one, from, provisioner.Restoring{Key: key, Fence: true})
	}
	err = restore(other.String())
	for provisioner.AsPending(err) != nil {
		err = restore(other.String())
	}
	if err == nil || strings.Contains(err.Error(), other.String()) || !strings.Contains(err.Error(), "identity") {
		t.Errorf("with another key: %v; want what the program said last", err)
	}
	patiently(t, "restore", func() error { return restore(id.String()) })
	if got := query(t, database, `select convert_from(value, 'UTF8') from documents where kind = 'note' and key = 'a'`); got != "kept" {
		t.Errorf("the copy holds %q", got)
	}
	if got := query(t, database, `select convert_from(value, 'UTF8') from documents where convert_from(value, 'UTF8') like '%clusterId%'`); !strings.Contains(got, `"one"`) {
		t.Errorf("the copy is not fenced: %q", got)
	}
	found, err := secretsmanager.NewFromConfig(config).ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found.SecretList {
		if strings.HasSuffix(*v.Name, "/secret-import") {
			t.Errorf("the key of the copy is still in %s", *v.Name)
		}
	}

	// Another cluster of the organization begins with it, and lies in a database of its own.
	two := cloudtest.Spec("two")
	second := keeping(t, cloud, config, two)
	patiently(t, "restore into another cluster", func() error {
		return cloud.Restore(ctx, two, from, provisioner.Restoring{Key: id.String(), Fence: true})
	})
	if got := query(t, second, `select convert_from(value, 'UTF8') from documents where kind = 'note' and key = 'a'`); got != "kept" {
		t.Errorf("the other cluster holds %q", got)
	}
	if got := query(t, second, `select convert_from(value, 'UTF8') from documents where convert_from(value, 'UTF8') like '%clusterId%'`); !strings.Contains(got, `"one"`) {
		t.Errorf("the other cluster is not fenced: %q", got)
	}
	for _, p := range []provisioner.Part{provisioner.Storage, provisioner.Database, provisioner.Network} {
		patiently(t, "remove "+string(p)+" of the other", func() error { return cloud.Remove(ctx, two, p) })
	}
	if left, err := cloud.Leftovers(ctx, two); err != nil || len(left) > 0 {
		t.Errorf("left of the other: %v, %v", left, err)
	}

	elsewhere := two
	elsewhere.Account = "acct_1"
	cloud.Accounts = registry{"acme/acct_1": {Number: customerNumber, Region: region, Role: cloud.RoleFor(customerNumber, "acct_1"), ExternalID: "x"}}
	if err := cloud.Restore(ctx, elsewhere, from, provisioner.Restoring{Key: id.String()}); !provisioner.IsPermanent(err) || !strings.Contains(err.Error(), "another AWS account") {
		t.Errorf("into another account: %v", err)
	}

	stranger := one
	stranger.Organization = "org_other"
	for what, err := range map[string]error{
		"a copy of another organization": cloud.Restore(ctx, stranger, from, provisioner.Restoring{Key: id.String()}),
		"a copy that is not there":       cloud.Restore(ctx, one, provisioner.Source{Cluster: one, Backup: "none"}, provisioner.Restoring{Key: id.String()}),
	} {
		if !provisioner.IsPermanent(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, p := range []provisioner.Part{provisioner.Storage, provisioner.Database, provisioner.Network} {
		patiently(t, "remove "+string(p), func() error { return cloud.Remove(ctx, one, p) })
	}
	if left, err := cloud.Leftovers(ctx, one); err != nil || len(left) != 1 || left[0].Kind != "backup" {
		t.Errorf("after its cluster the copy alone must be left: %v, %v", left, err)
	}
	for range 2 {
		if err := cloud.RemoveBackup(ctx, one, "b1"); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := cloud.Leftovers(ctx, one); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := cloud.OpenBackup(ctx, one, "b1"); !provisioner.IsPermanent(err) {
		t.Errorf("it is removed: %v", err)
	}
	for _, name := range []string{"", "../x", "a/b"} {
		if _, err := cloud.Backup(ctx, one, provisioner.Copy{Name: name}); !provisioner.IsPermanent(err) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
