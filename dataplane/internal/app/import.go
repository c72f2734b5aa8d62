package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/seal"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/transfer"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// bring reads a file into a data plane. The file is read to its end before anything changes. It may be done again when it broke
// off.
func (p Process) bring(ctx context.Context, args []string) (err error) {
	c, err := p.program().ParseTransfer("import", args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	in := bringing{config: c, files: p.Files}
	if c.KeyFile != "" {
		if in.key, _, err = transfer.KeyFile(c.KeyFile, false); err != nil {
			return err
		}
	}
	if err := in.verify(ctx); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	s, release, err := p.openStore(ctx, c, true)
	if c.Replace && errors.Is(err, store.ErrLater) { // which goes as a whole
		if err := os.RemoveAll(storeIn(c.Data)); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		s, release, err = p.openStore(ctx, c, true)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	beside, err := p.payloads(ctx, c)
	if err != nil {
		return err
	}
	if err := in.choose(); err != nil {
		return err
	}
	if c.Replace {
		if err := clear(ctx, s, beside); err != nil {
			return fmt.Errorf("import: %w", err)
		}
	}
	n, err := in.carry(ctx, s, beside)
	if err != nil {
		return err
	}
	return p.report(in, n)
}

// bringing is a file that is read into a data plane.
type bringing struct {
	config   config.Transfer
	files    Files
	key      string // of a sealed file
	manifest transfer.Manifest
	secrets  []store.Doc
	from, to []byte // keys of the secrets, nil when there is none
	left     []string
}

// open calls f with the content of the file.
func (b *bringing) open(ctx context.Context, f func(io.Reader) error) error {
	file, err := b.file(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	content, err := transfer.Open(file, b.key)
	if errors.Is(err, transfer.ErrSealed) {
		return fmt.Errorf("%s: %w; name the file that holds it with --key-file", b.config.File, err)
	}
	if err != nil {
		return err
	}
	return f(content)
}

func (b *bringing) file(ctx context.Context) (io.ReadCloser, error) {
	if remote(b.config.File) {
		return b.files.Open(ctx, b.config.File)
	}
	return os.Open(b.config.File)
}

func (b *bringing) verify(ctx context.Context) error {
	return b.open(ctx, func(content io.Reader) (err error) {
		b.manifest, _, err = transfer.Verify(ctx, content, func(d store.Doc) error {
			if engine.IsSecret(d) {
				b.secrets = append(b.secrets, d)
			}
			return nil
		})
		return err
	})
}

// choose finds the keys for the secrets and tries them, before anything changes.
func (b *bringing) choose() (err error) {
	if len(b.secrets) == 0 {
		return nil
	}
	switch {
	case b.config.OldSecretKey != "":
		if !exists(b.config.OldSecretKey) {
			return fmt.Errorf("--old-secret-key-file: there is no file %s", b.config.OldSecretKey)
		}
		b.from, err = seal.File(b.config.OldSecretKey)
	case b.manifest.SecretKey != nil && b.key != "":
		b.from, err = transfer.OpenKey(b.manifest.SecretKey, b.key)
	default:
		b.from, err = readKey(b.config.SecretKeyFile) // it may be the same
	}
	if err == nil && b.config.SecretKeyFile != "" {
		b.to, err = seal.File(b.config.SecretKeyFile)
	}
	if err != nil {
		return err
	}
	for _, d := range b.secrets {
		if _, err := b.reseal(d); err != nil {
			b.left = append(b.left, d.Key)
		}
	}
	if len(b.left) > 0 && !b.config.WithoutSecrets {
		return fmt.Errorf("import: these secrets cannot be opened: %s. Give their key: --key-file for an export that was sealed, "+
			"--old-secret-key-file with a copy of the former secret.key for another; or leave them out: --without-secrets",
			strings.Join(b.left, ", "))
	}
	return nil
}

var errNoKey = errors.New("there is no key for secrets")

func (b *bringing) reseal(d store.Doc) (store.Doc, error) {
	if b.from == nil || b.to == nil {
		return d, errNoKey
	}
	return engine.Reseal(d, b.from, b.to)
}

// document seals secrets again, and leaves out those that cannot be opened.
func (b *bringing) document(d store.Doc) (*store.Doc, error) {
	if !engine.IsSecret(d) {
		return &d, nil
	}
	d, err := b.reseal(d)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // choose has listed it
	}
	return &d, nil
}

// carry brings everything in. The fence comes first: half an import must not begin to work either.
func (b *bringing) carry(ctx context.Context, s store.Store, beside payload.Store) (n transfer.Counts, err error) {
	if b.config.Fence {
		d, err := engine.FenceDoc(workflow.Fence{
			ID: strings.ToLower(rand.Text()), ClusterID: b.manifest.ClusterID, TakenAt: b.manifest.TakenAt.UnixMilli(), Since: time.Now().UnixMilli(),
		})
		if err == nil {
			err = s.PutDocs(ctx, d)
		}
		if err != nil {
			return n, fmt.Errorf("import: %w", err)
		}
	}
	err = b.open(ctx, func(content io.Reader) error {
		_, n, err = transfer.Import(ctx, transfer.Target{Store: s, Payloads: beside, Document: func(d store.Doc) (*store.Doc, error) {
			if engine.IsFence(d) && b.config.Fence {
				return nil, nil //nolint:nilnil // of the original, which was a copy itself; this one has its own
			}
			return b.document(d)
		}}, content)
		return err
	})
	return n, err
}

// clear deletes what a data plane keeps.
func clear(ctx context.Context, s store.Store, beside payload.Store) error {
	if err := s.Clear(ctx); err != nil || beside == nil {
		return err
	}
	return payload.Clear(ctx, beside)
}

func (p Process) report(b bringing, n transfer.Counts) error {
	if err := p.tell("imported", n); err != nil {
		return err
	}
	if len(b.left) > 0 {
		_, _ = fmt.Fprintf(p.Stdout, "left out, as they could not be opened: the secrets %s\n", strings.Join(b.left, ", "))
	}
	if b.config.Fence {
		_, _ = fmt.Fprintf(p.Stdout, "fenced: timers, schedules, events and HTTP tasks are held back until \"%s lift-fence\"\n", p.Name)
	}
	return nil
}
