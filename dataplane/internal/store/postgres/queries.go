package postgres

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed queries/*.sql
var queryFiles embed.FS

var statements = loadStatements()

// loadStatements reads statements that each begin with a line "-- name: Name".
func loadStatements() map[string]string {
	all := map[string]string{}
	names, err := fs.Glob(queryFiles, "queries/*.sql")
	if err != nil {
		panic("postgres: list queries: " + err.Error())
	}
	for _, name := range names {
		text, err := queryFiles.ReadFile(name)
		if err != nil {
			panic("postgres: read queries: " + err.Error())
		}
		for _, part := range strings.Split("\n"+string(text), "\n-- name: ")[1:] {
			title, statement, _ := strings.Cut(part, "\n")
			if all[title] != "" {
				panic("postgres: two queries are named " + title)
			}
			all[title] = strings.TrimSuffix(strings.TrimSpace(statement), ";")
		}
	}
	return all
}

// query returns the statement with a name. A test compares the names in the code with those in the files.
func query(name string) string {
	statement := statements[name]
	if statement == "" {
		panic("postgres: there is no query " + name)
	}
	return statement
}
