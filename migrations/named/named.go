// Package named reads SQL statements by name from embedded .sql files, in which each begins with a line "-- name: Name".
package named

import (
	"io/fs"
	"strings"
)

// Statements are SQL statements by name.
type Statements map[string]string

// Read reads all .sql files of a folder. The files are part of the program: what is wrong with them panics.
func Read(files fs.FS, folder string) Statements {
	all := Statements{}
	names, err := fs.Glob(files, folder+"/*.sql")
	if err != nil {
		panic("list queries: " + err.Error())
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			panic("read queries: " + err.Error())
		}
		for _, part := range strings.Split("\n"+string(text), "\n-- name: ")[1:] {
			title, statement, _ := strings.Cut(part, "\n")
			if all[title] != "" {
				panic(name + ": two queries are named " + title)
			}
			all[title] = strings.TrimSuffix(strings.TrimSpace(statement), ";")
		}
	}
	return all
}

// Get returns the statement with a name; there must be one.
func (s Statements) Get(name string) string {
	statement := s[name]
	if statement == "" {
		panic("there is no query " + name)
	}
	return statement
}
