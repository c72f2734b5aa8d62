package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/transfer"
)

// OpenStore opens the store that nodes share without becoming one of them. With alone it is refused while any of them lives.
type OpenStore func(ctx context.Context, url string, alone bool, log *slog.Logger) (store.Store, error)

// export writes a data plane into a file, which is there when all of it is.
func (p Process) export(ctx context.Context, args []string) (err error) {
	c, err := p.program().ParseTransfer("export", args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	if c.Data != "" {
		if _, err := os.Stat(storeIn(c.Data)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--data: there is no data plane in %s", c.Data)
		}
	}
	s, release, err := p.openStore(ctx, c, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	file, err := renameio.NewPendingFile(c.File, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return fmt.Errorf("write %s: %w", c.File, err)
	}
	defer func() { _ = file.Cleanup() }() // nothing is left to do for one that has its name
	n, err := transfer.Export(ctx, s, file)
	if err != nil {
		return err
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", c.File, err)
	}
	return p.tell("exported", n)
}

// bring reads a file into a data plane. It may be done again when it broke off.
func (p Process) bring(ctx context.Context, args []string) (err error) {
	c, err := p.program().ParseTransfer("import", args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	s, release, err := p.openStore(ctx, c, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	n, err := transfer.Import(ctx, s, file)
	if err != nil {
		return err
	}
	return p.tell("imported", n)
}

func (p Process) tell(what string, n transfer.Counts) error {
	_, err := fmt.Fprintf(p.Stdout, "%s %d executions with %d tasks, %d definitions, %d documents", what, n.Executions, n.Tasks, n.Definitions, n.Documents)
	if err == nil && n.There > 0 {
		_, err = fmt.Fprintf(p.Stdout, "; %d executions were there already and are as they were", n.There)
	}
	if err == nil {
		_, err = fmt.Fprintln(p.Stdout)
	}
	return err
}

// openStore opens the store of a data plane that does not run; release closes it.
func (p Process) openStore(ctx context.Context, c config.Transfer, alone bool) (s store.Store, release func() error, err error) {
	log := newLogger(p.Stderr, config.Config{LogLevel: slog.LevelWarn})
	if c.Postgres != "" {
		if s, err = p.Store(ctx, c.Postgres, alone, log); err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	}
	dir, err := openFolder(c.Data)
	if err != nil {
		return nil, nil, err
	}
	s, err = embedded.Open(storeIn(c.Data), func(err error) { log.Error("the disk refuses to be written to", "error", err) })
	if err != nil {
		return nil, nil, errors.Join(err, dir.close())
	}
	return s, func() error { return errors.Join(s.Close(), dir.close()) }, nil
}
