// Package cloud holds the built cloud console (organizations, clusters, operations) as a file system.
//
// The build of the web project fills dist. A tree that was never built holds only a placeholder, so Go compiles without
// Node and whoever serves the console finds no index.html.
package cloud

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the console's files, index.html at the root.
func FS() fs.FS {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("embedded console: " + err.Error()) // The path is a constant that the embed directive guarantees.
	}
	return root
}
