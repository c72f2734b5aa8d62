package remote

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/podium-cloud/podium/provisioner"
)

//go:embed join/*
var recipes embed.FS

var templates = template.Must(template.New("").Delims("[[", "]]").ParseFS(recipes, "join/*"))

// BasePath is where Files are served, below the control plane's address.
const BasePath = "/fleet/v1/join/"

// Join is what a data plane needs to join a cluster.
type Join struct {
	ControlPlane string // URL as the data plane reaches it, without a slash at the end
	ClusterID    string
	Token        string // one-time
}

// Ways returns the lines that start a data plane, one for each surrounding. They carry the token.
func Ways(j Join) []provisioner.Way {
	file := func(name string) string {
		return "'" + j.ControlPlane + BasePath + name + "?cluster=" + j.ClusterID + "'"
	}
	return []provisioner.Way{
		{
			Name: "Linux machine (systemd)",
			Code: "curl -fsSL " + file("install.sh") + " | sudo PODIUM_JOIN_TOKEN='" + j.Token + "' sh",
		},
		{
			Name: "Docker Compose",
			Code: "curl -fsSL " + file("compose.yaml") + " | PODIUM_JOIN_TOKEN='" + j.Token + "' docker compose -f - up -d",
		},
		{
			Name: "Kubernetes",
			Code: "curl -fsSL " + file("kubernetes.yaml") + " | sed 's/PODIUM_JOIN_TOKEN/" + j.Token + "/' | kubectl apply -f -",
		},
		{
			Name: "Terraform (AWS ECS)",
			Code: "curl -fsSL " + file("ecs.tf") + " -o podium.tf && export TF_VAR_join_token='" + j.Token + "' && terraform init && terraform apply",
		},
		{
			Name: "Program",
			Code: "PODIUM_EDGE_JOIN_TOKEN='" + j.Token + "' edge --control-plane " + j.ControlPlane + " --cluster-id " + j.ClusterID + " --data ./podium-data",
		},
	}
}

// UpdateWays returns the lines that bring a release to a data plane that is not updated from here: the digest of its program is
// what changes. They carry no token, as it has joined.
func UpdateWays(controlPlane, cluster, version string) []provisioner.Way {
	file := func(name string) string {
		return "'" + controlPlane + BasePath + name + "?cluster=" + cluster + "&version=" + version + "'"
	}
	return []provisioner.Way{
		{Name: "Linux machine (systemd)", Code: "curl -fsSL " + file("install.sh") + " | sudo sh"},
		{Name: "Docker Compose", Code: "curl -fsSL " + file("compose.yaml") + " | PODIUM_JOIN_TOKEN=joined docker compose -f - up -d --build"},
		{Name: "Kubernetes", Code: "curl -fsSL " + file("kubernetes.yaml") + " | kubectl apply -f -"},
		{Name: "Terraform (AWS ECS)", Code: "curl -fsSL " + file("ecs.tf") + " -o podium.tf && TF_VAR_join_token=joined terraform apply"},
	}
}

// Files serves the recipes and the data plane's program. They hold no secrets, so whoever asks gets them.
type Files struct {
	c FilesConfig

	mu     sync.Mutex
	digest string // hex SHA-256 of the program
	stamp  time.Time
}

// FilesConfig says what Files hand out.
type FilesConfig struct {
	ControlPlane string // URL as data planes reach it, without a slash at the end
	Program      string // path of the data plane's program
	Keys         string // public keys of releases, comma-separated, that a data plane is given; "": it cannot be updated from here
	// Release returns the address and the digest of a release of the edge for this platform; nil: there are none.
	Release func(version string) (url, sha256 string, ok bool)
}

// NewFiles serves what c says.
func NewFiles(c FilesConfig) *Files { return &Files{c: c} }

// ServeHTTP implements http.Handler: BasePath + "edge" is the program, and the rest are recipes for ?cluster=ID, which
// install a release with &version=VERSION.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	if name == "edge" {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeFile(w, r, f.c.Program)
		return
	}
	cluster := r.URL.Query().Get("cluster")
	if !provisioner.ValidClusterID(cluster) {
		http.Error(w, "name a cluster by its id: ?cluster=ID", http.StatusBadRequest)
		return
	}
	text, err := f.recipe(name, cluster, r.URL.Query().Get("version"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, "the data plane's program cannot be read", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(text) //nolint:gosec // plain text, and of the request it holds a valid id only
	}
}

func (f *Files) recipe(name, cluster, version string) ([]byte, error) {
	t := templates.Lookup(name)
	if t == nil {
		return nil, fs.ErrNotExist
	}
	program, digest, err := f.program(version)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, map[string]string{
		"ControlPlane": f.c.ControlPlane, "Cluster": cluster, "Label": strings.ToLower(strings.ReplaceAll(cluster, "_", "-")),
		"Program": program, "SHA256": digest, "Keys": f.c.Keys,
	})
	return text.Bytes(), err
}

// program returns where a recipe takes the program from, and its digest.
func (f *Files) program(version string) (url, digest string, err error) {
	if version == "" {
		digest, err = f.Digest()
		return f.c.ControlPlane + BasePath + "edge", digest, err
	}
	if f.c.Release != nil {
		if url, digest, ok := f.c.Release(version); ok {
			return url, digest, nil
		}
	}
	return "", "", fs.ErrNotExist
}

// Digest returns the hex SHA-256 of the program.
func (f *Files) Digest() (string, error) {
	file, err := os.Open(f.c.Program)
	if err != nil {
		return "", fmt.Errorf("read the data plane's program: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return "", fmt.Errorf("read the data plane's program: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.digest != "" && f.stamp.Equal(info.ModTime()) {
		return f.digest, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read the data plane's program: %w", err)
	}
	f.digest, f.stamp = hex.EncodeToString(sum.Sum(nil)), info.ModTime()
	return f.digest, nil
}
