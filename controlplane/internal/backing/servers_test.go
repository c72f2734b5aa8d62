package backing

import (
	"slices"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

func TestLender_KnowsWhereItsServersAre(t *testing.T) {
	for _, c := range []struct {
		postgres, redis  string
		loopback, remote []string
	}{
		{"postgres://u@/db?host=/run/postgres", "unix:///run/redis.sock", nil, nil},
		{"postgres://u@127.0.0.1/db", "redis://localhost:6380", []string{"127.0.0.1:5432", "localhost:6380"}, nil},
		{"postgres://u@db.example.com:6432/db", "redis://[::1]:6379", []string{"[::1]:6379"}, []string{"db.example.com:6432"}},
		{"postgres://u@10.0.0.1,127.0.0.1/db", "rediss://10.0.0.2", []string{"127.0.0.1:5432"}, []string{"10.0.0.1:5432", "10.0.0.2:6379"}},
	} {
		l := &Lender{c: Config{Postgres: c.postgres}}
		o, err := goredis.ParseURL(c.redis)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.locate(o); err != nil || !slices.Equal(l.Loopback(), c.loopback) || !slices.Equal(l.Remote(), c.remote) {
			t.Errorf("%s and %s: on loopback %v, elsewhere %v, %v", c.postgres, c.redis, l.Loopback(), l.Remote(), err)
		}
	}
}
