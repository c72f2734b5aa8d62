// Package migrations holds the SQL that makes and changes the control plane's schema, embedded.
//
// One set of files serves SQLite and PostgreSQL: types are text and bigint, times are microseconds since 1970 in UTC, hashes
// and keys are text. Files are append only, one concern each, and safe while the release before them still runs.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed controlplane/*.sql
var files embed.FS

// ControlPlane returns the numbered files of the control plane's schema.
func ControlPlane() fs.FS {
	sub, err := fs.Sub(files, "controlplane")
	if err != nil {
		panic("migrations: embedded folder is missing: " + err.Error())
	}
	return sub
}
