// Package postgres is the directory of nodes in PostgreSQL. Its tables come with the schema of the data plane.
package postgres

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/podium-cloud/podium/dataplane/internal/node"
)

//go:embed beat.sql
var beat string

//go:embed live.sql
var live string

//go:embed leave.sql
var leave string

//go:embed revise.sql
var revise string

//go:embed secret.sql
var secret string

// Directory implements node.Directory.
type Directory struct{ pool *pgxpool.Pool }

// New makes a directory in a database that has the data plane's schema.
func New(pool *pgxpool.Pool) *Directory { return &Directory{pool} }

// Beat implements node.Directory. Times are the database's: nodes need not agree on theirs.
func (d *Directory) Beat(ctx context.Context, self node.Node) ([]node.Node, int64, error) {
	rows, err := d.pool.Query(ctx, beat, self.ID, self.Address, node.Expiry)
	if err != nil {
		return nil, 0, fmt.Errorf("heartbeat: %w", err)
	}
	var revision int64
	nodes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (node.Node, error) {
		var n node.Node
		return n, row.Scan(&n.ID, &n.Address, &revision)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("heartbeat: %w", err)
	}
	return nodes, revision, nil
}

// Live returns how many nodes live.
func (d *Directory) Live(ctx context.Context) (n int, err error) {
	if err := d.pool.QueryRow(ctx, live, node.Expiry).Scan(&n); err != nil {
		return 0, fmt.Errorf("count nodes: %w", err)
	}
	return n, nil
}

// Leave implements node.Directory.
func (d *Directory) Leave(ctx context.Context, id string) error {
	if _, err := d.pool.Exec(ctx, leave, id); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// Revise implements node.Directory.
func (d *Directory) Revise(ctx context.Context) (revision int64, err error) {
	if err := d.pool.QueryRow(ctx, revise).Scan(&revision); err != nil {
		return 0, fmt.Errorf("raise revision: %w", err)
	}
	return revision, nil
}

// Secret implements node.Directory. The first node makes it.
func (d *Directory) Secret(ctx context.Context) (s string, err error) {
	if err := d.pool.QueryRow(ctx, secret, rand.Text()+rand.Text()).Scan(&s); err != nil {
		return "", fmt.Errorf("secret of the nodes: %w", err)
	}
	return s, nil
}
