// Package console serves the built cloud console, and knows that of clusters.
//
// Files are served as they are; every other path is a page of the console, which its index.html knows how to show. Files with
// a content hash in their name never change and may be kept by browsers; the index is asked for each time.
package console

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/podium-cloud/podium/web/embed/cloud"
	"github.com/podium-cloud/podium/web/embed/cluster"
)

const index = "index.html"

// hashed is the folder whose files have a hash of their content in their name.
const hashed = "assets/"

// notBuilt is served from a tree whose console was never built.
const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Podium</title>
<h1>Podium is running</h1>
<p>The console is not part of this build. <code>make build</code> builds it (it needs Node); the API is at <code>/api/v1</code>.</p>
</html>
`

// Handler serves the console that is built into this binary.
func Handler() http.Handler { return handler(cloud.FS()) }

// OfClusters returns the built console of clusters, index.html at the root; a tree that was never built has none.
func OfClusters() fs.FS { return cluster.FS() }

func handler(files fs.FS) http.Handler {
	static := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		switch {
		case name != index && isFile(files, name):
			if strings.HasPrefix(name, hashed) {
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			static.ServeHTTP(w, r)
		case strings.HasPrefix(name, hashed):
			http.NotFound(w, r) // of another build; a page in its place would only confuse the browser
		default:
			page(w, r, files)
		}
	})
}

// page serves the index for every place in the console.
func page(w http.ResponseWriter, r *http.Request, files fs.FS) {
	text, err := fs.ReadFile(files, index)
	if err != nil {
		text = []byte(notBuilt)
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, index, time.Time{}, bytes.NewReader(text))
}

func isFile(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular() && path.Base(name)[0] != '.'
}
