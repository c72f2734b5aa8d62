package redis

import (
	"context"
	"fmt"
	"net/url"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Timeouts of a connection. Whoever waits for Redis longer than that goes on without it.
const (
	dialTimeout = time.Second
	callTimeout = time.Second
	poolSize    = 64
)

// Dial makes a client of redis://[user:password@]host:port/db, rediss:// (TLS) or unix:///path?db=0. With ?cluster=true the
// server is one node of a cluster, of which the client finds the others. It does not connect yet.
func Dial(address string) (goredis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of Redis: %w", withoutAddress(err))
	}
	query := u.Query()
	cluster := query.Get("cluster") == "true"
	query.Del("cluster")
	u.RawQuery = query.Encode()
	o, err := goredis.ParseURL(u.String())
	if err != nil {
		return nil, fmt.Errorf("address of Redis: %w", withoutAddress(err))
	}
	goredis.SetLogger(silent{}) // it would write to standard error; whoever calls gets the error
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	if cluster {
		return goredis.NewClusterClient(&goredis.ClusterOptions{
			Addrs: []string{o.Addr}, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
			DialTimeout: dialTimeout, ReadTimeout: callTimeout, WriteTimeout: callTimeout, PoolSize: poolSize,
			MaintNotificationsConfig: quiet, DisableIdentity: true, ContextTimeoutEnabled: true,
		}), nil
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolSize = dialTimeout, callTimeout, callTimeout, poolSize
	// Nothing is tried twice here: the queue goes on without Redis at once.
	o.MaxRetries, o.DialerRetries = -1, 1
	o.MaintNotificationsConfig, o.DisableIdentity, o.ContextTimeoutEnabled = quiet, true, true
	return goredis.NewClient(o), nil
}

// withoutAddress keeps a password out of an error of package url, which quotes what it could not read.
func withoutAddress(err error) error {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // Parse returns it as it is
		return e.Err
	}
	return err
}

type silent struct{}

// Printf implements the logger of go-redis.
func (silent) Printf(context.Context, string, ...any) {}
