package backing

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/podium-cloud/podium/migrations/named"
	"github.com/podium-cloud/podium/provisioner"
)

//go:embed statements.sql
var files embed.FS

var statements = named.Read(files, ".")

// statement returns the one with a name, for these names of things and, after them, texts.
func statement(name string, of ...string) string {
	text := statements.Get(name)
	for i, one := range of {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i+1), pgx.Identifier{one}.Sanitize())
		text = strings.ReplaceAll(text, fmt.Sprintf("{'%d}", i+1), "'"+strings.ReplaceAll(one, "'", "''")+"'")
	}
	return text
}

// role is what nodes log in as. There are two in turn, so that the former one holds while nodes are started with the next. Both
// act as the role that owns the database and all that is in it, which has the cluster's name.
func role(name string, serial int) string { return fmt.Sprintf("%s.%d", name, serial%2) }

// session runs f with a connection to the server.
func (l *Lender) session(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, l.c.Postgres)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", withoutAddress(err))
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what it was for is done
	return f(conn)
}

// withoutAddress keeps what the error says and leaves out the URL.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	return errors.New("it does not answer as expected")
}

func (l *Lender) ensureDatabase(ctx context.Context, cluster string, s secrets) error {
	name := l.name(cluster)
	err := l.session(ctx, func(conn *pgx.Conn) error {
		if err := ensureRole(ctx, conn, name); err != nil {
			return err
		}
		if err := ensureLogin(ctx, conn, name, role(name, s.Serial), s.Database); err != nil {
			return err
		}
		exists, err := there(ctx, conn, "DatabaseExists", name)
		if err == nil && !exists {
			_, err = conn.Exec(ctx, statement("CreateDatabase", name))
		}
		if err == nil {
			_, err = conn.Exec(ctx, statement("CloseDatabase", name))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("database of cluster %s: %w", cluster, err)
	}
	return nil
}

// ensureRole makes the role that owns the database. Whoever makes a database for another role has to be a member of it.
func ensureRole(ctx context.Context, conn *pgx.Conn, name string) error {
	exists, err := there(ctx, conn, "RoleExists", name)
	if err != nil || exists {
		return err
	}
	if _, err := conn.Exec(ctx, statement("CreateRole", name)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement("JoinRole", name))
	return err
}

func ensureLogin(ctx context.Context, conn *pgx.Conn, owner, login, password string) error {
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	verifier, err := verifier(password, salt)
	if err != nil {
		return err
	}
	exists, err := there(ctx, conn, "RoleExists", login)
	if err != nil {
		return err
	}
	if !exists {
		if _, err := conn.Exec(ctx, statement("CreateLogin", login, owner)); err != nil {
			return err
		}
	}
	_, err = conn.Exec(ctx, statement("AlterLogin", login, owner, verifier))
	return err
}

func there(ctx context.Context, conn *pgx.Conn, query, name string) (yes bool, err error) {
	err = conn.QueryRow(ctx, statement(query), name).Scan(&yes)
	return yes, err
}

// dropRole ends a role that nodes log in as, and what they may still have open.
func (l *Lender) dropRole(ctx context.Context, login string) error {
	return l.session(ctx, func(conn *pgx.Conn) error { return dropLogin(ctx, conn, login) })
}

func dropLogin(ctx context.Context, conn *pgx.Conn, login string) error {
	exists, err := there(ctx, conn, "RoleExists", login)
	if err != nil || !exists {
		return err
	}
	for _, s := range []string{"CloseLogin", "EndSessions", "DropRole"} {
		if s == "EndSessions" {
			_, err = conn.Exec(ctx, statement(s), login)
		} else {
			_, err = conn.Exec(ctx, statement(s, login))
		}
		if err != nil {
			return fmt.Errorf("drop role %s: %w", login, err)
		}
	}
	return nil
}

// dropDatabase drops a cluster's database, with all that is in it, and its roles.
func (l *Lender) dropDatabase(ctx context.Context, name string) error {
	return l.session(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, statement("DropDatabase", name)); err != nil {
			return fmt.Errorf("drop database %s: %w", name, err)
		}
		for serial := range 2 {
			if err := dropLogin(ctx, conn, role(name, serial)); err != nil {
				return err
			}
		}
		if _, err := conn.Exec(ctx, statement("DropRole", name)); err != nil {
			return fmt.Errorf("drop role %s: %w", name, err)
		}
		return nil
	})
}

// databases lists the databases and roles that were lent.
func (l *Lender) databases(ctx context.Context) (all []provisioner.Resource, err error) {
	err = l.session(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, statement("List"), l.tag)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (v provisioner.Resource, err error) {
			err = r.Scan(&v.Kind, &v.ID)
			return v, err
		})
		return err
	})
	return all, err
}

// verifier is what PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5803), so that it never sees the password itself and has
// none to write into its log.
func verifier(password string, salt []byte) (string, error) {
	const rounds = 4096
	salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	mac := func(text string) []byte {
		h := hmac.New(sha256.New, salted)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	stored := sha256.Sum256(mac("Client Key"))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, b64(salt), b64(stored[:]), b64(mac("Server Key"))), nil
}
