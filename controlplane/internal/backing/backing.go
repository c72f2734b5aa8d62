// Package backing lends clusters of this machine what their nodes share: to each a database with roles of its own in the
// control plane's PostgreSQL, and a user with a part of the keys in its Redis. No cluster reaches what another has.
//
// What is made is named after the cluster and the control plane, and found again by that. Passwords are random, are sealed in
// a file of the control plane, and reach no server: PostgreSQL is given a verifier, Redis a hash.
package backing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/google/renameio/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/local"
)

// Sealer encrypts what must not lie about in the clear.
type Sealer interface {
	Seal(plain []byte, owner string) string
	Open(sealed, owner string) ([]byte, error)
}

// Config says where. All fields are required.
type Config struct {
	Postgres string // URL, of a role that may make databases and roles
	Redis    string // URL, of a user that may make users
	Dir      string // folder for the sealed passwords
	Owner    string // tells this control plane from others that lend of the same servers
	Sealer   Sealer
}

// Lender lends of two servers. It is a [local.Backing]. Make it with New.
type Lender struct {
	c     Config
	tag   string // begins all names
	redis *goredis.Client
	// Where the servers are.
	loopback, remote []string

	mu sync.Mutex // serializes changes: they are few and short
}

var _ local.Backing = (*Lender)(nil)

// New makes the folder. It does not call the servers.
func New(c Config) (*Lender, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of passwords: %w", err)
	}
	o, err := goredis.ParseURL(c.Redis)
	if err != nil {
		return nil, errors.New("--redis: is not a URL of Redis") // without it: it may hold a password
	}
	o.DisableIdentity = true
	owner := sha256.Sum256([]byte(c.Owner))
	l := &Lender{c: c, tag: fmt.Sprintf("podium_%x_", owner[:4])}
	if err := l.locate(o); err != nil {
		return nil, err
	}
	l.redis = goredis.NewClient(o)
	return l, nil
}

// Close ends the connections.
func (l *Lender) Close() error { return l.redis.Close() }

// name is what things of a cluster are called, in at most 60 characters, as PostgreSQL cuts longer ones off after 63.
func (l *Lender) name(cluster string) string {
	const most = 60
	if name := l.tag + cluster; len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(cluster))
	return l.tag + hex.EncodeToString(sum[:16])
}

// secrets are the passwords of a cluster.
type secrets struct {
	Serial   int     `json:"serial"`
	Database string  `json:"database"`
	Queue    string  `json:"queue"`
	Former   *former `json:"former,omitempty"` // until they are retired
}

type former struct {
	Serial   int    `json:"serial"`
	Database string `json:"database"`
	Queue    string `json:"queue"`
}

func (l *Lender) path(cluster string) string { return filepath.Join(l.c.Dir, cluster) }

// secrets returns the passwords of a cluster, which the first call makes.
func (l *Lender) secrets(cluster string) (secrets, error) {
	if !provisioner.ValidClusterID(cluster) {
		return secrets{}, provisioner.Permanent(fmt.Errorf("cluster id %q is not valid", cluster))
	}
	sealed, err := os.ReadFile(l.path(cluster))
	if errors.Is(err, fs.ErrNotExist) {
		s := secrets{Serial: 1, Database: rand.Text(), Queue: rand.Text()}
		return s, l.keep(cluster, s)
	}
	var s secrets
	var plain []byte
	if err == nil {
		plain, err = l.c.Sealer.Open(string(sealed), cluster)
	}
	if err == nil {
		err = json.Unmarshal(plain, &s)
	}
	if err != nil {
		return s, fmt.Errorf("passwords of cluster %s: %w", cluster, err)
	}
	return s, nil
}

func (l *Lender) keep(cluster string, s secrets) error {
	plain, err := json.Marshal(s)
	if err == nil {
		err = renameio.WriteFile(l.path(cluster), []byte(l.c.Sealer.Seal(plain, cluster)), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep the passwords of cluster %s: %w", cluster, err)
	}
	return nil
}

// EnsureDatabase makes the cluster's database and the role that its nodes log in as.
func (l *Lender) EnsureDatabase(ctx context.Context, cluster string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.secrets(cluster)
	if err != nil {
		return err
	}
	return l.ensureDatabase(ctx, cluster, s)
}

// EnsureQueue makes the user that the cluster's nodes log in as.
func (l *Lender) EnsureQueue(ctx context.Context, cluster string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.secrets(cluster)
	if err != nil {
		return err
	}
	return l.ensureUser(ctx, cluster, s)
}

// Login returns what nodes log in with. Redis may have forgotten its users when it was started again, so they are made anew.
func (l *Lender) Login(ctx context.Context, cluster string) (local.Login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.secrets(cluster)
	if err == nil {
		err = errors.Join(l.ensureDatabase(ctx, cluster, s), l.ensureUser(ctx, cluster, s))
	}
	if err != nil {
		return local.Login{}, err
	}
	name := l.name(cluster)
	database, err := url.Parse(l.c.Postgres)
	if err != nil {
		return local.Login{}, errors.New("--postgres: is not a URL")
	}
	database.User, database.Path = url.UserPassword(role(name, s.Serial), s.Database), "/"+name
	queue, err := url.Parse(l.c.Redis)
	if err != nil {
		return local.Login{}, errors.New("--redis: is not a URL")
	}
	queue.User = url.UserPassword(name, s.Queue)
	return local.Login{Serial: s.Serial, Postgres: database.String(), Redis: queue.String(), Prefix: l.prefix(cluster)}, nil
}

// Rotate makes other passwords beside the present ones, which become the former ones. When there are former ones already, the
// rotation that made them so is gone on with.
func (l *Lender) Rotate(ctx context.Context, cluster string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.secrets(cluster)
	if err != nil {
		return err
	}
	if s.Former == nil {
		s.Former = &former{Serial: s.Serial, Database: s.Database, Queue: s.Queue}
		s.Serial, s.Database, s.Queue = s.Serial+1, rand.Text(), rand.Text()
		if err := l.keep(cluster, s); err != nil {
			return err
		}
	}
	return errors.Join(l.ensureDatabase(ctx, cluster, s), l.ensureUser(ctx, cluster, s))
}

// Retire ends the former passwords, if the present ones are of the serial.
func (l *Lender) Retire(ctx context.Context, cluster string, serial int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.secrets(cluster)
	if err != nil || s.Former == nil || s.Serial != serial {
		return err
	}
	if err := l.dropRole(ctx, role(l.name(cluster), s.Former.Serial)); err != nil {
		return err
	}
	s.Former = nil
	if err := l.ensureUser(ctx, cluster, s); err != nil {
		return err
	}
	return l.keep(cluster, s)
}

// RemoveDatabase drops the database and the roles.
func (l *Lender) RemoveDatabase(ctx context.Context, cluster string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.dropDatabase(ctx, l.name(cluster)); err != nil {
		return err
	}
	return l.forget(ctx, cluster)
}

// RemoveQueue deletes the keys and the user.
func (l *Lender) RemoveQueue(ctx context.Context, cluster string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.dropUser(ctx, l.name(cluster)); err != nil {
		return err
	}
	return l.forget(ctx, cluster)
}

// forget removes the passwords when nothing is left that they are for.
func (l *Lender) forget(ctx context.Context, cluster string) error {
	left, err := l.Left(ctx, cluster)
	if err != nil || len(left) > 1 {
		return err
	}
	for _, r := range left {
		if r.Kind != "password" {
			return nil
		}
	}
	if err := os.Remove(l.path(cluster)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the passwords of cluster %s: %w", cluster, err)
	}
	return nil
}

// Left lists what there is of a cluster.
func (l *Lender) Left(ctx context.Context, cluster string) ([]provisioner.Resource, error) {
	name := l.name(cluster)
	all, err := l.everything(ctx)
	if err != nil {
		return nil, err
	}
	var left []provisioner.Resource
	for _, r := range all {
		if r.ID == name || strings.HasPrefix(r.ID, name+".") {
			left = append(left, r)
		}
	}
	if _, err := os.Stat(l.path(cluster)); err == nil {
		left = append(left, provisioner.Resource{Kind: "password", ID: l.path(cluster)})
	}
	return left, nil
}

// Sweep removes what this control plane has lent to other clusters than these.
func (l *Lender) Sweep(ctx context.Context, known []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	keep := map[string]bool{}
	for _, cluster := range known {
		keep[l.name(cluster)] = true
	}
	all, err := l.everything(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, r := range all {
		name, _, _ := strings.Cut(r.ID, ".")
		if keep[name] {
			continue
		}
		keep[name] = true // once
		failed = append(failed, l.dropDatabase(ctx, name), l.dropUser(ctx, name))
	}
	entries, err := os.ReadDir(l.c.Dir)
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	for _, e := range entries {
		if provisioner.ValidClusterID(e.Name()) && !slices.Contains(known, e.Name()) {
			failed = append(failed, os.Remove(l.path(e.Name())))
		}
	}
	return errors.Join(failed...)
}

// everything lists what this control plane has lent.
func (l *Lender) everything(ctx context.Context) ([]provisioner.Resource, error) {
	in, err := l.databases(ctx)
	if err != nil {
		return nil, err
	}
	users, err := l.users(ctx)
	return append(in, users...), err
}
