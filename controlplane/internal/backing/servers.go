package backing

import (
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	goredis "github.com/redis/go-redis/v9"
)

// Loopback lists where the servers are on this machine's loopback (host:port). One that is reached by a socket in a folder is not
// among them.
func (l *Lender) Loopback() []string { return l.loopback }

// Remote lists the servers that are elsewhere in the network (host:port).
func (l *Lender) Remote() []string { return l.remote }

// locate tells where the servers are.
func (l *Lender) locate(queue *goredis.Options) error {
	database, err := pgconn.ParseConfig(l.c.Postgres)
	if err != nil {
		return errors.New("--postgres: is not a URL of PostgreSQL") // without it: it may hold a password
	}
	l.place(database.Host, strconv.Itoa(int(database.Port)))
	for _, f := range database.Fallbacks {
		l.place(f.Host, strconv.Itoa(int(f.Port)))
	}
	if host, port, err := net.SplitHostPort(queue.Addr); err == nil && queue.Network != "unix" {
		l.place(host, port)
	}
	return nil
}

func (l *Lender) place(host, port string) {
	if filepath.IsAbs(host) {
		return
	}
	list := &l.remote
	if a, err := netip.ParseAddr(host); host == "localhost" || err == nil && a.IsLoopback() {
		list = &l.loopback
	}
	if at := net.JoinHostPort(host, port); !slices.Contains(*list, at) {
		*list = append(*list, at)
	}
}
