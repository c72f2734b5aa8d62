package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/file"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/embedded"
	"github.com/podium-cloud/podium/dataplane/internal/transfer"
)

// OpenStore opens the store that nodes share without becoming one of them. With alone it is refused while any of them lives.
type OpenStore func(ctx context.Context, url string, alone bool, log *slog.Logger) (store.Store, error)

// export writes a data plane into a file, which is there when all of it is. One that runs writes it itself.
func (p Process) export(ctx context.Context, args []string) error {
	c, err := p.program().ParseTransfer("export", args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	recipient := c.Recipient
	if c.KeyFile != "" {
		if _, recipient, err = transfer.KeyFile(c.KeyFile, true); err != nil {
			return err
		}
	}
	if c.Data != "" {
		if _, err := os.Stat(storeIn(c.Data)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--data: there is no data plane in %s", c.Data)
		}
	}
	var done exported
	if remote(c.File) {
		err = p.Files.Write(ctx, c.File, func(out io.Writer) error {
			done, err = p.exportTo(ctx, c, recipient, out)
			return err
		})
	} else {
		done, err = p.exportFile(ctx, c, recipient)
	}
	if err != nil {
		return err
	}
	return p.tell("exported", done.Counts)
}

// Files keeps files of exports elsewhere than on this machine, by their URLs.
type Files interface {
	// Write makes a file of what fill writes. It is there when fill has returned nil, else nothing is.
	Write(ctx context.Context, url string, fill func(io.Writer) error) error
	// Open reads a file. The caller closes it.
	Open(ctx context.Context, url string) (io.ReadCloser, error)
}

// remote reports whether a file is named by a URL for [Files].
func remote(file string) bool { return strings.HasPrefix(file, "s3://") }

func (p Process) exportFile(ctx context.Context, c config.Transfer, recipient string) (done exported, err error) {
	out, err := renameio.NewPendingFile(c.File, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return done, fmt.Errorf("write %s: %w", c.File, err)
	}
	defer func() { _ = out.Cleanup() }() // nothing is left to do for one that has its name
	done, err = p.exportTo(ctx, c, recipient, out)
	if err == nil {
		err = os.Chtimes(out.Name(), done.TakenAt, done.TakenAt) // the file is as old as what it shows
	}
	if err != nil {
		return done, err
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return done, fmt.Errorf("write %s: %w", c.File, err)
	}
	return done, nil
}

func (p Process) exportTo(ctx context.Context, c config.Transfer, recipient string, out io.Writer) (done exported, err error) {
	s, release, err := p.openStore(ctx, c, false)
	if errors.Is(err, errInUse) {
		return exportRunning(ctx, c.Data, recipient, out)
	}
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, release()) }()
	beside, err := p.payloads(ctx, c)
	if err != nil {
		return done, err
	}
	from := exporting{payloads: beside, clusterID: c.ClusterID, snapshot: s.Snapshot}
	if from.clusterID == "" && c.Data != "" {
		from.clusterID = clusterOf(c.Data)
	}
	if from.secretKey, err = readKey(c.SecretKeyFile); err != nil {
		return done, err
	}
	return from.write(ctx, recipient, out)
}

// readKey reads a key of secrets, nil when there is none.
func readKey(path string) ([]byte, error) {
	if path == "" || !exists(path) {
		return nil, nil
	}
	return seal.File(path)
}

// exporting is a data plane that is written into a file.
type exporting struct {
	snapshot  func(ctx context.Context, f func(store.View) error) error
	payloads  payload.Store // nil: there are none
	clusterID string
	secretKey []byte // nil: there is none
}

// exported is what an export comes to.
type exported struct {
	transfer.Counts
	TakenAt time.Time // the moment that it shows
}

// write writes everything, sealed to the recipient unless it is "". Secrets are sealed in any case; with a recipient their key
// goes along, sealed to it.
func (x exporting) write(ctx context.Context, recipient string, out io.Writer) (done exported, err error) {
	m := transfer.Manifest{ClusterID: x.clusterID, Software: Version()}
	if recipient != "" {
		if x.secretKey != nil {
			if m.SecretKey, err = transfer.SealKey(x.secretKey, recipient); err != nil {
				return done, err
			}
		}
		sealed, err := transfer.Seal(out, recipient)
		if err != nil {
			return done, err
		}
		defer func() { err = errors.Join(err, sealed.Close()) }()
		out = sealed
	}
	err = x.snapshot(ctx, func(v store.View) error {
		done.TakenAt = time.Now().UTC()
		m.TakenAt = done.TakenAt
		done.Counts, err = transfer.Export(ctx, v, x.payloads, m, out)
		return err
	})
	return done, err
}

func (p Process) tell(what string, n transfer.Counts) error {
	_, err := fmt.Fprintf(p.Stdout, "%s %d executions with %d tasks, %d definitions, %d documents", what, n.Executions, n.Tasks, n.Definitions, n.Documents)
	if err == nil && n.Payloads > 0 {
		_, err = fmt.Fprintf(p.Stdout, ", %d large payloads", n.Payloads)
	}
	if err == nil && n.There > 0 {
		_, err = fmt.Fprintf(p.Stdout, "; %d executions were there already and are as they were", n.There)
	}
	if err == nil {
		_, err = fmt.Fprintln(p.Stdout)
	}
	return err
}

// payloads opens where large payloads lie, nil when nowhere.
func (p Process) payloads(ctx context.Context, c config.Transfer) (payload.Store, error) {
	switch {
	case c.PayloadStore != "":
		s, err := p.Bucket(ctx, c.PayloadStore)
		if err != nil {
			return nil, fmt.Errorf("--payload-store: %w", err)
		}
		return s, nil
	case c.PayloadDir != "":
		return file.Open(c.PayloadDir)
	}
	return nil, nil //nolint:nilnil // there are none
}

// openStore opens the store of a data plane; release closes it. A folder whose data plane runs is errInUse.
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
