// Package cloud opens what the nodes of a data plane share: the store in PostgreSQL, the queue in Redis, and the nodes'
// calls to each other.
package cloud

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/app"
	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/fleet"
	"github.com/podium-cloud/podium/dataplane/internal/node"
	directory "github.com/podium-cloud/podium/dataplane/internal/node/postgres"
	"github.com/podium-cloud/podium/dataplane/internal/payload"
	"github.com/podium-cloud/podium/dataplane/internal/payload/s3"
	"github.com/podium-cloud/podium/dataplane/internal/queue"
	"github.com/podium-cloud/podium/dataplane/internal/queue/redis"
	"github.com/podium-cloud/podium/dataplane/internal/store"
	"github.com/podium-cloud/podium/dataplane/internal/store/postgres"
)

// directoryConns are the connections for heartbeats, which must not wait behind anything else.
const directoryConns = 2

// shared is what one node holds of what all share.
type shared struct {
	store    *postgres.Store
	pool     *pgxpool.Pool
	redis    goredis.UniversalClient
	listener net.Listener
	server   *http.Server
	nodes    *node.Cluster
}

// Open implements app.OpenShared: it brings the database to this release's schema, listens for other nodes and joins them.
// Redis need not be there yet.
func Open(ctx context.Context, c config.Nodes, log *slog.Logger) (out *app.Shared, err error) {
	s := &shared{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closeAll())
		}
	}()
	if s.store, err = postgres.Open(ctx, postgres.Config{URL: c.Postgres, Logger: log}); err != nil {
		return nil, err
	}
	if s.pool, err = connect(ctx, c.Postgres); err != nil {
		return nil, err
	}
	if s.redis, err = redis.Dial(c.Redis); err != nil {
		return nil, fmt.Errorf("--redis: %w", err)
	}
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("--node-listen: %w", err)
	}
	nodes := directory.New(s.pool)
	id, err := clusterID(ctx, nodes)
	if err != nil {
		return nil, err
	}
	if err := s.join(ctx, nodes, advertised(c.Advertise, s.listener.Addr()), log); err != nil {
		return nil, err
	}
	return &app.Shared{
		ClusterID: id, Close: s.close,
		Remember: func(name string) fleet.Memory { return directory.NewMemory(s.pool, name) },
		Engine: engine.Shared{
			Store: s.store, Nodes: s.nodes,
			Queue: func(limits func(string) queue.Limit, _ engine.Clock) queue.Queue {
				return redis.New(redis.Config{Client: s.redis, Prefix: cmp.Or(c.Prefix, "podium:"+id), Limits: limits, Logger: log})
			},
		},
	}, nil
}

// OpenBucket implements app.OpenBucket.
func OpenBucket(ctx context.Context, url string) (payload.Store, error) { return s3.Open(ctx, url) }

// OpenStore implements app.OpenStore.
func OpenStore(ctx context.Context, url string, alone bool, log *slog.Logger) (store.Store, error) {
	s, err := postgres.Open(ctx, postgres.Config{URL: url, Logger: log})
	if err != nil {
		return nil, err
	}
	if !alone {
		return s, nil
	}
	pool, err := connect(ctx, url)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	defer pool.Close()
	n, err := directory.New(pool).Live(ctx)
	if err == nil && n > 0 {
		err = fmt.Errorf("--postgres: %d nodes run on this database; stop them, and wait %v when they were killed", n, node.Expiry)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("--postgres: %w", err)
	}
	c.MaxConns = directoryConns
	return pgxpool.NewWithConfig(ctx, c)
}

// clusterID follows from what all nodes know and nobody else.
func clusterID(ctx context.Context, nodes *directory.Directory) (string, error) {
	secret, err := nodes.Secret(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte("cluster:" + secret))
	return "clu_" + hex.EncodeToString(sum[:8]), nil
}

// advertised is where other nodes reach this one.
func advertised(name string, addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	switch {
	case name == "" || err != nil:
		return addr.String()
	case hasPort(name):
		return name
	}
	return net.JoinHostPort(name, port)
}

func hasPort(address string) bool {
	_, _, err := net.SplitHostPort(address)
	return err == nil
}

// join enters the directory; calls that come before this is done wait.
func (s *shared) join(ctx context.Context, d node.Directory, address string, log *slog.Logger) error {
	ready := make(chan struct{})
	s.server = &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-ready:
				s.nodes.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		}),
	}
	go func() {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("calls of other nodes can no longer be answered", "error", err)
		}
	}()
	var err error
	if s.nodes, err = node.Join(ctx, node.Config{Directory: d, Self: node.Node{ID: rand.Text(), Address: address}, Logger: log}); err != nil {
		return err
	}
	close(ready)
	log.Info("joined", "node", s.nodes.Self().ID, "address", address, "others", len(s.nodes.Others()))
	return nil
}

// closeAll also closes the store, which the engine does when there is one.
func (s *shared) closeAll() error {
	var err error
	if s.store != nil {
		err = s.store.Close()
	}
	return errors.Join(err, s.close())
}

func (s *shared) close() error {
	var err error
	switch {
	case s.server != nil:
		err = s.server.Close()
	case s.listener != nil:
		err = s.listener.Close()
	}
	if s.redis != nil {
		err = errors.Join(err, s.redis.Close())
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return err
}
