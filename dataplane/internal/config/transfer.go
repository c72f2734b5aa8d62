package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// Transfer is what the subcommands "export" and "import" are started with. Either Data or Postgres is set.
type Transfer struct {
	Data     string // folder of an embedded store
	Postgres string // URL of the database that nodes share
	File     string

	ClusterID     string // to be noted in an export; "": that of the folder
	SecretKeyFile string // opens secrets; "": there is none
	PayloadDir    string // payloads outside of the store; "": there are none
	PayloadStore  string // bucket of them, in place of PayloadDir

	KeyFile   string // seals and opens the file; "": an export is not sealed
	Recipient string // export: public key to seal the file to, in place of KeyFile

	// Import.
	Fence          bool   // hold back what the original does too
	Replace        bool   // what is there goes
	OldSecretKey   string // file with the key of the secrets in a file that was never sealed
	WithoutSecrets bool   // leave out those that cannot be opened
}

// ParseTransfer reads the flags and the file of the subcommand, "export" or "import".
func (p Program) ParseTransfer(subcommand string, args []string, env Env, out io.Writer) (Transfer, error) {
	var t Transfer
	fs := flag.NewFlagSet(p.Name+" "+subcommand, flag.ContinueOnError)
	fs.SetOutput(out)
	running := "which may be running"
	if subcommand == "import" {
		running = "which must not be running; made when missing"
	}
	fs.StringVar(&t.Data, "data", "./data", "`folder` of a data plane with an embedded store, "+running)
	fs.StringVar(&t.SecretKeyFile, "secret-key-file", "", "`file` with the key of the secrets (default DATA/secret.key)")
	fs.StringVar(&t.PayloadDir, "payload-dir", "", "`folder` of large payloads (default DATA/payloads)")
	if p.Shared {
		fs.StringVar(&t.Postgres, "postgres", "", "`URL` of the PostgreSQL database that nodes share; in place of --data")
		fs.StringVar(&t.PayloadStore, "payload-store", "", "`URL` of the bucket of large payloads, in place of --payload-dir")
	}
	if subcommand == "export" {
		fs.StringVar(&t.KeyFile, "key-file", "", "seal the file with the key in this `file`, made when missing; keep it apart from the export")
		fs.StringVar(&t.Recipient, "recipient", "", "seal the file to this public `key` (age1…), in place of --key-file")
		fs.StringVar(&t.ClusterID, "cluster-id", "", "`id` of the cluster, to be noted in the file (default: that of the folder)")
	} else {
		fs.StringVar(&t.KeyFile, "key-file", "", "`file` with the key of a sealed export")
		fs.BoolVar(&t.Fence, "fence", true, "hold back timers, schedules, events and HTTP tasks until the fence is lifted; --fence=false when the original is gone")
		fs.BoolVar(&t.Replace, "replace", false, "put the export in place of what is there")
		fs.StringVar(&t.OldSecretKey, "old-secret-key-file", "", "`file` with the key of the secrets in an export that was not sealed")
		fs.BoolVar(&t.WithoutSecrets, "without-secrets", false, "leave out the secrets that cannot be opened")
	}
	if err := p.parse(fs, args, env); err != nil {
		return Transfer{}, err
	}
	if fs.NArg() != 1 || fs.Arg(0) == "" {
		return Transfer{}, fmt.Errorf("%s wants one FILE behind its flags", fs.Name())
	}
	t.File = fs.Arg(0)
	if strings.HasPrefix(t.File, "s3://") && !p.Remote {
		return Transfer{}, fmt.Errorf("%s: only the program dataplane reaches files in buckets, such as %q", fs.Name(), t.File)
	}
	folder := false
	fs.Visit(func(f *flag.Flag) { folder = folder || f.Name == "data" })
	return t, t.resolve(folder)
}

// resolve fills in what follows from the rest; folder says that --data was given.
func (t *Transfer) resolve(folder bool) error {
	switch {
	case t.Recipient != "" && t.KeyFile != "":
		return errors.New("--key-file and --recipient: one of them will do")
	case t.PayloadStore != "" && t.PayloadDir != "":
		return errors.New("--payload-dir and --payload-store: payloads lie in one of them")
	case t.Postgres != "" && folder:
		return errors.New("--data is for an embedded store: leave it out, or --postgres")
	case t.Postgres != "":
		t.Data = ""
		if u, err := url.Parse(t.Postgres); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return errors.New("--postgres must be a URL that begins with postgres://") // without the URL: it may hold a password
		}
		return nil
	case t.Data == "":
		return errors.New("--data must name a folder")
	}
	if t.SecretKeyFile == "" {
		t.SecretKeyFile = filepath.Join(t.Data, "secret.key")
	}
	if t.PayloadDir == "" && t.PayloadStore == "" {
		t.PayloadDir = filepath.Join(t.Data, "payloads")
	}
	return nil
}

// ParseFence reads the flags of "lift-fence". Only Data and Postgres of what it returns count.
func (p Program) ParseFence(args []string, env Env, out io.Writer) (Transfer, error) {
	var t Transfer
	fs := flag.NewFlagSet(p.Name+" lift-fence", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&t.Data, "data", "./data", "`folder` of the data plane, which may be running")
	if p.Shared {
		fs.StringVar(&t.Postgres, "postgres", "", "`URL` of the PostgreSQL database that nodes share, none of which runs; in place of --data")
	}
	if err := p.parse(fs, args, env); err != nil {
		return t, err
	}
	if fs.NArg() > 0 {
		return t, fmt.Errorf("unknown argument %q", fs.Arg(0))
	}
	folder := false
	fs.Visit(func(f *flag.Flag) { folder = folder || f.Name == "data" })
	return t, t.resolve(folder)
}
