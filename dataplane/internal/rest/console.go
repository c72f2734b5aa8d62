package rest

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// policy lets the console load from its own origin only, and nothing frame it. Styles may be inline, as the graph
// places its nodes with them; scripts may not.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'"

// console serves the built console: files as they are, and its page for every other path, which are the places inside
// it.
type console struct {
	files   fs.FS
	missing http.HandlerFunc // answers what is neither a file nor a place
}

func (s *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	protect(h)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.missing(w, r)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	info, err := fs.Stat(s.files, name)
	switch {
	case err == nil && !info.IsDir() && !strings.HasPrefix(path.Base(name), "."):
		if strings.HasPrefix(name, "assets/") { // the build puts a hash of the content into these names
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		http.ServeFileFS(w, r, s.files, name)
	case !isPlace(name, strings.Join(r.Header["Accept"], ",")):
		s.missing(w, r)
	default:
		s.index(w, r)
	}
}

// protect sets the headers that keep pages to themselves.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// isPlace reports whether a path that is no file is a place inside the console. A page in answer to a script, an image
// or an SDK whose address lacks /api would only confuse; browsers say so when they want a page.
func isPlace(name, accept string) bool {
	switch {
	case strings.HasPrefix(name, "assets/"):
		return false
	case strings.Contains(accept, "text/html") || name == "." || name == "":
		return true
	default:
		return path.Ext(name) == "" && !strings.Contains(accept, "application/json")
	}
}

func (s *console) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	page, err := fs.ReadFile(s.files, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		page, err = []byte(unbuilt), nil
	}
	if err != nil {
		http.Error(w, "The console cannot be read.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page)
}

// unbuilt is shown when the binary was built without the console.
const unbuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Podium</title>
<h1>This cluster is running</h1>
<p>Its API is at <code>/api</code>. The console is not in this binary: run <code>make build</code> in the
repository, which builds the console first, and start again.</p>
</html>
`
