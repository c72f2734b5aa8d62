package app

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local"
)

const backupsUsage = `usage: controlplane backups import [flags] ORGANIZATION CLUSTER FILE --key-file FILE [--name NAME]
       a backup that was made elsewhere becomes one of a cluster on this machine: it is listed with the others as imported-NAME,
       and can be restored, fenced, into any cluster on this machine
flags: --data folder, --postgres URL, --kms-key ARN, as of serve. The control plane may run meanwhile; run this as its user.
`

// importing is a backup that is brought in.
type importing struct {
	organization, cluster, file string
	name                        string
	key                         *age.X25519Identity
	folder                      string // of all backups
	kmsKey                      string
}

// backupsCommand runs a subcommand of backups and returns the exit code.
func backupsCommand(ctx context.Context, p Process) int {
	if len(p.Args) < 2 || p.Args[1] != "import" {
		fmt.Fprint(p.Stderr, backupsUsage)
		return 2
	}
	p.Args = p.Args[2:]
	if err := importBackup(ctx, p); err != nil {
		fmt.Fprintf(p.Stderr, "controlplane: %v\n", err)
		return 1
	}
	return 0
}

func importBackup(ctx context.Context, p Process) (err error) {
	flags := flag.NewFlagSet("controlplane backups import", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	data := flags.String("data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"), "`folder` of the control plane's data")
	postgres := flags.String("postgres", "", "`URL` of its PostgreSQL database (environment: PODIUM_POSTGRES)")
	keyFile := flags.String("key-file", "", "`file` with the key of the backup")
	in := importing{}
	flags.StringVar(&in.name, "name", now().Format("20060102-150405"), "`name` of the backup, after "+cluster.ForeignPrefix)
	flags.StringVar(&in.kmsKey, "kms-key", p.Env("PODIUM_KMS_KEY"), "`ARN` of an AWS KMS key (environment: PODIUM_KMS_KEY)")
	var names []string
	for rest := p.Args; ; { // flags may stand before, between and after names
		if err := flags.Parse(rest); err != nil {
			return err
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		names, rest = append(names, rest[0]), rest[1:]
	}
	if len(names) != 3 {
		return errors.New("backups: give the names of an organization and of a cluster, and a file")
	}
	in.organization, in.cluster, in.file = names[0], names[1], names[2]
	in.name, in.folder = cluster.ForeignPrefix+in.name, filepath.Join(*data, "backups")
	if !provisioner.ValidClusterID(in.name) {
		return fmt.Errorf("--name: must be 1 to %d letters, digits, - or _", 64-len(cluster.ForeignPrefix))
	}
	if in.key, err = readBackupKey(*keyFile); err != nil {
		return err
	}
	s, err := openStore(ctx, *data, cmp.Or(*postgres, p.Env("PODIUM_POSTGRES")), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := in.into(ctx, s, filepath.Join(*data, "controlplane")); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%s is a backup of %s now: restore it on the cluster's page Backups\n", in.name, in.cluster)
	return nil
}

func readBackupKey(path string) (*age.X25519Identity, error) {
	if path == "" {
		return nil, errors.New("--key-file: must be given; a backup that is not sealed is sealed by exporting it with --key-file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--key-file: %w", err)
	}
	key, err := age.ParseX25519Identity(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, errors.New("--key-file: holds no key of a backup, which begins with AGE-SECRET-KEY-1") // without the key
	}
	return key, nil
}

func (in importing) into(ctx context.Context, s *store.Store, home string) error {
	all, err := s.AllOrganizations(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(o tenant.Organization) bool { return o.Name == in.organization })
	if at < 0 {
		return fmt.Errorf("there is no organization %s", in.organization)
	}
	c, err := s.Cluster(ctx, all[at].ID, in.cluster)
	if err != nil {
		return fmt.Errorf("cluster %s: %w", in.cluster, err)
	}
	if c.Cloud != "local" {
		return fmt.Errorf("cluster %s is not on this machine but in the cloud %s, which keeps its backups itself", c.Name, c.Cloud)
	}
	wrapper, err := openWrapper(ctx, in.kmsKey, filepath.Join(home, "kek"))
	if err != nil {
		return err
	}
	shares, err := envelope.OpenShares(filepath.Join(home, sharesFolder), wrapper)
	if err != nil {
		return err
	}
	control := cluster.NewControl(cluster.ControlDeps{Store: s, Sealer: envelope.New(s, shares, now), Hub: &notify.Hub{}, Now: now})
	return in.adopt(ctx, control, c.ID)
}

// adopt reads the file to its end with its key, puts it among the backups of the cluster, and has it remembered.
func (in importing) adopt(ctx context.Context, control *cluster.Control, id string) (err error) {
	from, err := os.Open(in.file)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	info, err := from.Stat()
	if err != nil {
		return err
	}
	path := filepath.Join(in.folder, id, in.name+local.BackupSuffix)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	to, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Cleanup()) }()
	tee := io.TeeReader(from, to)
	content, err := age.Decrypt(tee, in.key)
	if err == nil {
		_, err = io.Copy(io.Discard, content)
	}
	if err != nil {
		return fmt.Errorf("%s: is not a backup that the key opens: %w", in.file, err)
	}
	b := provisioner.Backup{Name: in.name, At: info.ModTime().UTC(), Bytes: info.Size()}
	return control.Adopt(ctx, operator, id, b, in.key, func() error {
		if err := to.CloseAtomicallyReplace(); err != nil {
			return err
		}
		return os.Chtimes(path, b.At, b.At) // a file of a backup is as old as what it shows
	})
}
