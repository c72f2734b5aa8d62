// Package through serves the consoles of clusters that a browser cannot reach itself, by the tunnels that their data planes
// dial (package fleet).
//
// The pages are this build's own; only calls of the API go through, and only with a session token that this control plane has
// signed for that cluster. What the other end answers is a stranger's: no cookie of it is kept, and no answer of it is ever a
// page, a script or a style of this origin.
package through

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httputil"
	"path"
	"strings"
	"time"
)

// BasePath is where consoles are, each below its cluster's id.
const BasePath = "/through/"

// maxBody is the largest request that is handed on, in bytes.
const maxBody = 32 << 20

// Handler serves consoles. All fields are required.
type Handler struct {
	Tunnel func(ctx context.Context, cluster string) (http.RoundTripper, bool) // of a cluster; false: there is none
	Verify func(token, cluster string) error                                   // of a session token
	Files  fs.FS                                                               // the built cluster console
	Logger *slog.Logger
}

// Address returns where the console of a cluster is, below the control plane's address.
func Address(cluster string) string { return BasePath + cluster + "/" }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cluster, rest, found := strings.Cut(strings.TrimPrefix(r.URL.Path, BasePath), "/")
	switch {
	case cluster == "" || cluster == "." || cluster == "..":
		http.NotFound(w, r)
	case strings.HasPrefix(rest, "api/"), strings.HasPrefix(rest, "podium/"):
		h.forward(w, r, cluster)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.NotFound(w, r)
	case !found:
		w.Header().Set("Location", Address(cluster))
		w.WriteHeader(http.StatusFound)
	default:
		h.page(w, r, cluster, rest)
	}
}

// forward hands a call on to the data plane.
func (h *Handler) forward(w http.ResponseWriter, r *http.Request, cluster string) {
	if err := h.Verify(r.Header.Get("X-Authorization"), cluster); err != nil {
		refuse(w, http.StatusUnauthorized, "Open this console again from the cluster's page.")
		return
	}
	tunnel, ok := h.Tunnel(r.Context(), cluster)
	if !ok {
		refuse(w, http.StatusServiceUnavailable, "The cluster's data plane is not connected. It calls again by itself when it can.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"} {
		w.Header().Del(name) // they are of this server's pages; those of the answer are stricter
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", cluster, cluster
			p.Out.URL.Path = strings.TrimPrefix(p.In.URL.Path, BasePath+cluster)
			p.Out.URL.RawPath = strings.TrimPrefix(p.In.URL.RawPath, BasePath+cluster)
			for _, name := range []string{"Cookie", "Authorization", "Origin", "Referer"} {
				p.Out.Header.Del(name) // they are for this server
			}
		},
		Transport:      tunnel,
		FlushInterval:  -1, // streams of events
		ModifyResponse: tame,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				h.Logger.WarnContext(r.Context(), "a call through a tunnel failed", "cluster", cluster, "error", err)
			}
			refuse(w, http.StatusBadGateway, "The cluster's data plane did not answer.")
		},
		ErrorLog: slog.NewLogLogger(h.Logger.Handler(), slog.LevelDebug),
	}
	proxy.ServeHTTP(w, r)
}

// harmless are the kinds of answers that no browser runs.
var harmless = map[string]bool{"application/json": true, "text/plain": true, "text/event-stream": true, "application/problem+json": true}

// kept are the headers of an answer that have a meaning here.
var kept = map[string]bool{"Content-Type": true, "Content-Length": true, "Content-Encoding": true, "Retry-After": true, "Etag": true, "Date": true}

// tame makes an answer of a stranger safe on this origin.
func tame(res *http.Response) error {
	for name := range res.Header {
		if !kept[name] {
			delete(res.Header, name)
		}
	}
	media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || !harmless[media] {
		res.Header.Set("Content-Type", "application/octet-stream")
	}
	res.Header.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	res.Header.Set("Content-Disposition", "attachment")
	res.Header.Set("X-Content-Type-Options", "nosniff")
	res.Header.Set("Cache-Control", "no-store")
	return nil
}

// refuse answers as data planes do.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "message": message}) // whoever has gone misses it
}

// page serves the console: its files, and its index at every other place. The index names its files from the root.
func (h *Handler) page(w http.ResponseWriter, r *http.Request, cluster, rest string) {
	name := strings.TrimPrefix(path.Clean("/"+rest), "/")
	if info, err := fs.Stat(h.Files, name); err == nil && info.Mode().IsRegular() && name != "index.html" {
		if strings.HasPrefix(name, "assets/") { // a hash of the content is in the name
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		http.ServeFileFS(w, r, h.Files, name)
		return
	}
	index, err := fs.ReadFile(h.Files, "index.html")
	if err != nil || strings.HasPrefix(name, "assets/") {
		http.NotFound(w, r)
		return
	}
	for _, attribute := range []string{`src="`, `href="`} {
		index = bytes.ReplaceAll(index, []byte(attribute+"/"), []byte(attribute+Address(cluster)))
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "index.html", time.Time{}, bytes.NewReader(index))
}
