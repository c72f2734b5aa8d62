package fleet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/internal/seal"
)

// Memory keeps what a node must remember of its control plane from one run to the next: who it is, what it calls with, and its
// last configuration. Some of it is secret.
type Memory interface {
	// Load returns what was saved last, nil when nothing was.
	Load(ctx context.Context) ([]byte, error)
	// Save puts content in place of what was saved before, all or nothing.
	Save(ctx context.Context, content []byte) error
}

// File is a Memory in a file that its owner alone can read, by its path.
type File string

// Load implements [Memory].
func (f File) Load(context.Context) ([]byte, error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read link file: %w", err)
	}
	return b, nil
}

// Save implements [Memory].
func (f File) Save(_ context.Context, content []byte) error {
	if err := renameio.WriteFile(string(f), content, 0o600); err != nil {
		return fmt.Errorf("write link file: %w", err)
	}
	return nil
}

// sealLabel binds what is sealed to its use.
const sealLabel = "link:"

// Sealed lets a Memory see nothing: all is sealed with the key before, bound to the node's name.
func Sealed(m Memory, key *seal.Key, node string) Memory { return sealed{m, key, sealLabel + node} }

type sealed struct {
	Memory
	key   *seal.Key
	label string
}

func (s sealed) Load(ctx context.Context) ([]byte, error) {
	b, err := s.Memory.Load(ctx)
	if err != nil || b == nil {
		return nil, err
	}
	text, err := s.key.Open(s.label, b)
	if err != nil {
		return nil, fmt.Errorf("what the node remembers of the control plane does not open with this --secret-key-file: %w", err)
	}
	return []byte(text), nil
}

func (s sealed) Save(ctx context.Context, content []byte) error {
	return s.Memory.Save(ctx, s.key.Seal(s.label, string(content)))
}

// forgetful remembers nothing.
type forgetful struct{}

func (forgetful) Load(context.Context) ([]byte, error) { return nil, nil }
func (forgetful) Save(context.Context, []byte) error   { return nil }
