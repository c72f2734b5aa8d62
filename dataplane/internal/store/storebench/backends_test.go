package storebench

import (
	"database/sql"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"go.etcd.io/bbolt"
	_ "modernc.org/sqlite" // the driver
)

type pebbleStore struct{ db *pebble.DB }

func openPebble(dir string) (backend, error) {
	db, err := pebble.Open(dir, &pebble.Options{Logger: quiet{}})
	return pebbleStore{db}, err
}

func (s pebbleStore) commit(changes []change) error {
	b := s.db.NewBatch()
	defer b.Close()
	for _, c := range changes {
		var err error
		if c.value == nil {
			err = b.Delete(c.key, nil)
		} else {
			err = b.Set(c.key, c.value, nil)
		}
		if err != nil {
			return err
		}
	}
	return b.Commit(pebble.Sync)
}

func (s pebbleStore) close() error { return s.db.Close() }

// quiet drops Pebble's messages.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}

// sqliteStore has one connection: the one writer that groups what is waiting.
type sqliteStore struct {
	db       *sql.DB
	put, del *sql.Stmt
}

func openSQLite(dir string) (backend, error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, "store.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`create table entry (key blob primary key, value blob not null) without rowid`); err != nil {
		return nil, err
	}
	s := sqliteStore{db: db}
	if s.put, err = db.Prepare(`insert into entry (key, value) values (?, ?) on conflict (key) do update set value = excluded.value`); err != nil {
		return nil, err
	}
	s.del, err = db.Prepare(`delete from entry where key = ?`)
	return s, err
}

func (s sqliteStore) commit(changes []change) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	put, del := tx.Stmt(s.put), tx.Stmt(s.del) //nolint:sqlclosecheck // the end of the transaction closes them
	for _, c := range changes {
		if c.value == nil {
			_, err = del.Exec(c.key)
		} else {
			_, err = put.Exec(c.key, c.value)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s sqliteStore) close() error { return s.db.Close() }

type boltStore struct{ db *bbolt.DB }

var bucket = []byte("entry")

func openBolt(dir string) (backend, error) {
	db, err := bbolt.Open(filepath.Join(dir, "store.db"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	return boltStore{db}, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(bucket)
		return err
	})
}

func (s boltStore) commit(changes []change) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		for _, c := range changes {
			var err error
			if c.value == nil {
				err = b.Delete(c.key)
			} else {
				err = b.Put(c.key, c.value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s boltStore) close() error { return s.db.Close() }
