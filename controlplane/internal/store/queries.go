package store

import (
	"embed"

	"github.com/podium-cloud/podium/migrations/named"
)

//go:embed queries/*.sql
var queryFiles embed.FS

var statements = named.Read(queryFiles, "queries")

// query returns the statement with a name. A test compares the names in the code with those in the files.
func query(name string) string { return statements.Get(name) }
