package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
)

// Transfer is what the subcommands "export" and "import" are started with. Either Data or Postgres is set.
type Transfer struct {
	Data     string // folder of an embedded store
	Postgres string // URL of the database that nodes share
	File     string
}

// ParseTransfer reads the flags and the file of the subcommand, "export" or "import".
func (p Program) ParseTransfer(subcommand string, args []string, env Env, out io.Writer) (Transfer, error) {
	var t Transfer
	fs := flag.NewFlagSet(p.Name+" "+subcommand, flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&t.Data, "data", "./data", "`folder` of a data plane with an embedded store, which must not be running")
	if p.Shared {
		fs.StringVar(&t.Postgres, "postgres", "", "`URL` of the PostgreSQL database that nodes share; in place of --data")
	}
	if err := p.parse(fs, args, env); err != nil {
		return Transfer{}, err
	}
	if fs.NArg() != 1 || fs.Arg(0) == "" {
		return Transfer{}, fmt.Errorf("%s wants one FILE behind its flags", fs.Name())
	}
	t.File = fs.Arg(0)
	folder := false
	fs.Visit(func(f *flag.Flag) { folder = folder || f.Name == "data" })
	switch {
	case t.Postgres != "" && folder:
		return Transfer{}, errors.New("--data is for an embedded store: leave it out, or --postgres")
	case t.Postgres != "":
		t.Data = ""
		if u, err := url.Parse(t.Postgres); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return Transfer{}, errors.New("--postgres must be a URL that begins with postgres://") // without the URL: it may hold a password
		}
	case t.Data == "":
		return Transfer{}, errors.New("--data must name a folder")
	}
	return t, nil
}
