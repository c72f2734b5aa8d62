package backing

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/migrations/pgtest"
)

const redisEnv = "PODIUM_TEST_REDIS"

// open returns a lender on the servers of the tests. At the end of the test nothing of it may be left.
func open(t *testing.T) *Lender {
	t.Helper()
	postgres, redis := os.Getenv(pgtest.Env), os.Getenv(redisEnv)
	if postgres == "" || redis == "" {
		t.Fatalf("%s and %s must be set: this test needs both servers", pgtest.Env, redisEnv)
	}
	dir := t.TempDir()
	sealer, err := identity.OpenSealer(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(Config{Postgres: postgres, Redis: redis, Dir: filepath.Join(dir, "backing"), Owner: dir, Sealer: sealer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := l.Sweep(ctx, nil); err != nil {
			t.Error(err)
		}
		left, err := l.everything(ctx)
		if err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
		l.Close()
	})
	return l
}

// lend makes what a cluster is lent and logs in with it.
func lend(t *testing.T, l *Lender, cluster string) (*pgx.Conn, *goredis.Client) {
	t.Helper()
	if err := l.EnsureDatabase(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
	if err := l.EnsureQueue(t.Context(), cluster); err != nil {
		t.Fatal(err)
	}
	at, err := l.Login(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(t.Context(), at.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.WithoutCancel(t.Context())) })
	o, err := goredis.ParseURL(at.Redis)
	if err != nil {
		t.Fatal(err)
	}
	queue := goredis.NewClient(o)
	t.Cleanup(func() { queue.Close() })
	return db, queue
}

func TestLender_ClustersReachTheirOwnAlone(t *testing.T) {
	l := open(t)
	a, qa := lend(t, l, "clu_a")
	_, qb := lend(t, l, "clu_b")
	if _, err := a.Exec(t.Context(), "create table t (n int)"); err != nil {
		t.Fatal(err)
	}
	config := a.Config().Copy()
	config.Database = l.name("clu_b")
	if other, err := pgx.ConnectConfig(t.Context(), config); err == nil {
		other.Close(t.Context())
		t.Error("clu_a reaches the database of clu_b")
	}
	for _, do := range []string{"create role evil", "create database evil"} {
		if _, err := a.Exec(t.Context(), do); err == nil {
			t.Errorf("clu_a may %s", do)
		}
	}
	for _, key := range []string{l.prefix("clu_a") + ":x", "{" + l.prefix("clu_a") + ":x}:ready"} {
		if err := qa.Set(t.Context(), key, "1", 0).Err(); err != nil {
			t.Errorf("its own key: %v", err)
		}
		if err := qb.Get(t.Context(), key).Err(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("another's key: %v", err)
		}
	}
	if err := qb.Publish(t.Context(), l.prefix("clu_a")+":nodes", "x").Err(); err == nil {
		t.Error("another's channel is open")
	}
	for _, do := range [][]any{{"keys", "*"}, {"flushall"}, {"acl", "list"}, {"config", "get", "*"}} {
		if err := qa.Do(t.Context(), do...).Err(); err == nil || !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("clu_a may %v: %v", do, err)
		}
	}
}

func TestLender_RemovesAllOfOneCluster(t *testing.T) {
	l := open(t)
	db, queue := lend(t, l, "clu_a")
	lend(t, l, "clu_b")
	if _, err := db.Exec(t.Context(), "create table t (n int)"); err != nil {
		t.Fatal(err)
	}
	if err := queue.Set(t.Context(), "{"+l.prefix("clu_a")+":x}", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if left, err := l.Left(t.Context(), "clu_a"); err != nil || len(left) != 6 {
		t.Errorf("before: %v, %v", left, err)
	}
	for range 2 { // the second time there is nothing
		if err := l.RemoveDatabase(t.Context(), "clu_a"); err != nil {
			t.Fatal(err)
		}
		if err := l.RemoveQueue(t.Context(), "clu_a"); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := l.Left(t.Context(), "clu_a"); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if left, err := l.Left(t.Context(), "clu_b"); err != nil || len(left) != 5 {
		t.Errorf("of the other one: %v, %v", left, err)
	}
	if err := l.Sweep(t.Context(), []string{"clu_b"}); err != nil {
		t.Fatal(err)
	}
	if left, err := l.Left(t.Context(), "clu_b"); err != nil || len(left) != 5 {
		t.Errorf("a known cluster after sweeping: %v, %v", left, err)
	}
}

func TestLender_RotatesWithoutAGap(t *testing.T) {
	l := open(t)
	old, oldQueue := lend(t, l, "clu_a")
	before, err := l.Login(t.Context(), "clu_a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(t.Context(), "create table t (n int)"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as after an answer that was lost
		if err := l.Rotate(t.Context(), "clu_a"); err != nil {
			t.Fatal(err)
		}
	}
	now, nowQueue := lend(t, l, "clu_a")
	after, err := l.Login(t.Context(), "clu_a")
	if err != nil || after.Serial != before.Serial+1 || after.Postgres == before.Postgres || after.Redis == before.Redis || after.Prefix != before.Prefix {
		t.Fatalf("serials %d and %d, %v", before.Serial, after.Serial, err)
	}
	for _, conn := range []*pgx.Conn{old, now} { // both own what either has made
		if _, err := conn.Exec(t.Context(), "alter table t add column if not exists m int"); err != nil {
			t.Error(err)
		}
	}
	for _, q := range []*goredis.Client{oldQueue, nowQueue} {
		if err := q.Set(t.Context(), l.prefix("clu_a")+":x", "1", 0).Err(); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := l.Retire(t.Context(), "clu_a", after.Serial); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := old.Exec(t.Context(), "select 1"); err == nil {
		t.Error("a session of the former role goes on")
	}
	if _, err := now.Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("the present role: %v", err)
	}
	if _, err := pgx.Connect(t.Context(), before.Postgres); err == nil {
		t.Error("the former role logs in")
	}
	o, err := goredis.ParseURL(before.Redis)
	if err != nil {
		t.Fatal(err)
	}
	former := goredis.NewClient(o)
	defer former.Close()
	if err := former.Ping(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("the former password of Redis: %v", err)
	}
}

// TestLender_PasswordsAreSealed looks where they might lie about in the clear: in the folder, and in what the servers keep.
func TestLender_PasswordsAreSealed(t *testing.T) {
	l := open(t)
	lend(t, l, "clu_a")
	s, err := l.secrets("clu_a")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(l.path("clu_a"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := l.redis.Do(t.Context(), "acl", "list").StringSlice()
	if err != nil {
		t.Fatal(err)
	}
	var held string
	err = l.session(t.Context(), func(conn *pgx.Conn) error {
		return conn.QueryRow(t.Context(), "select rolpassword from pg_authid where rolname = $1", role(l.name("clu_a"), s.Serial)).Scan(&held)
	})
	if err != nil || !strings.HasPrefix(held, "SCRAM-SHA-256$4096:") {
		t.Fatalf("PostgreSQL keeps %q, %v", held, err)
	}
	for _, password := range []string{s.Database, s.Queue} {
		if bytes.Contains(kept, []byte(password)) || strings.Contains(strings.Join(list, " "), password) || strings.Contains(held, password) {
			t.Error("a password lies about in the clear")
		}
	}
}

// TestVerifier compares with what PostgreSQL makes of the same password and salt.
func TestVerifier(t *testing.T) {
	l := open(t)
	lend(t, l, "clu_a")
	err := l.session(t.Context(), func(conn *pgx.Conn) error {
		login := role(l.name("clu_a"), 1)
		if _, err := conn.Exec(t.Context(), statement("AlterLogin", login, l.name("clu_a"), "correct horse")); err != nil {
			return err
		}
		var theirs string
		if err := conn.QueryRow(t.Context(), "select rolpassword from pg_authid where rolname = $1", login).Scan(&theirs); err != nil {
			return err
		}
		encoded, _, _ := strings.Cut(strings.TrimPrefix(theirs, "SCRAM-SHA-256$4096:"), "$")
		salt, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return err
		}
		if ours, err := verifier("correct horse", salt); err != nil || ours != theirs {
			t.Errorf("got %q, PostgreSQL made %q (%v)", ours, theirs, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
