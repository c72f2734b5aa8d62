package postgres

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed recall.sql
var recall string

//go:embed remember.sql
var remember string

// Memory keeps what the node of a name remembers of its control plane, for nodes that have no disk of their own. It is handed
// sealed content.
type Memory struct {
	pool   *pgxpool.Pool
	name   string
	holder string // this process
}

// NewMemory makes the Memory of the node of that name, in a database that has the data plane's schema.
func NewMemory(pool *pgxpool.Pool, name string) *Memory {
	return &Memory{pool: pool, name: name, holder: rand.Text()}
}

// Load returns what was saved last, nil when nothing was, and takes the place of whoever ran under this name before.
func (m *Memory) Load(ctx context.Context) (content []byte, err error) {
	if err := m.pool.QueryRow(ctx, recall, m.name, m.holder).Scan(&content); err != nil {
		return nil, fmt.Errorf("recall node %s: %w", m.name, err)
	}
	return content, nil
}

// Save remembers. It does nothing once another process has taken this one's place: what that one remembers must last.
func (m *Memory) Save(ctx context.Context, content []byte) error {
	if _, err := m.pool.Exec(ctx, remember, m.name, m.holder, content); err != nil {
		return fmt.Errorf("remember node %s: %w", m.name, err)
	}
	return nil
}
