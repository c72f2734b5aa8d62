// Package migrations holds the SQL that makes and changes the schemas of both planes, embedded. Files are append only, one
// concern each, and safe while the release before them still runs.
//
// The data plane's are for PostgreSQL. The control plane's are one set for SQLite and PostgreSQL: types are text and bigint,
// times are microseconds since 1970 in UTC, hashes and keys are text.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed controlplane/*.sql dataplane/*.sql
var files embed.FS

// What keeps the control plane's tables as they are meant to be, which the two databases say in different words. Both are to
// be run after every migration and may be repeated.
var (
	//go:embed guards/sqlite.sql
	GuardsSQLite string
	//go:embed guards/postgres.sql
	GuardsPostgres string
)

// ControlPlane returns the numbered files of the control plane's schema.
func ControlPlane() fs.FS { return folder("controlplane") }

// DataPlane returns the numbered files of the data plane's schema.
func DataPlane() fs.FS { return folder("dataplane") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic("migrations: embedded folder is missing: " + err.Error())
	}
	return sub
}
