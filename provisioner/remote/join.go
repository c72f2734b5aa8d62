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

// Files serves the recipes and the data plane's program. They hold no secrets, so whoever asks gets them.
type Files struct {
	controlPlane string
	program      string // path

	mu     sync.Mutex
	digest string // hex SHA-256 of the program
	stamp  time.Time
}

// NewFiles serves the program at a path, for data planes that reach the control plane at a URL.
func NewFiles(controlPlane, program string) *Files {
	return &Files{controlPlane: controlPlane, program: program}
}

// ServeHTTP implements http.Handler: BasePath + "edge" is the program, and the rest are recipes for ?cluster=ID.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	if name == "edge" {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeFile(w, r, f.program)
		return
	}
	cluster := r.URL.Query().Get("cluster")
	if !provisioner.ValidClusterID(cluster) {
		http.Error(w, "name a cluster by its id: ?cluster=ID", http.StatusBadRequest)
		return
	}
	text, err := f.recipe(name, cluster)
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

func (f *Files) recipe(name, cluster string) ([]byte, error) {
	t := templates.Lookup(name)
	if t == nil {
		return nil, fs.ErrNotExist
	}
	digest, err := f.Digest()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, map[string]string{
		"ControlPlane": f.controlPlane, "Cluster": cluster, "Label": strings.ToLower(strings.ReplaceAll(cluster, "_", "-")),
		"Program": f.controlPlane + BasePath + "edge", "SHA256": digest,
	})
	return text.Bytes(), err
}

// Digest returns the hex SHA-256 of the program.
func (f *Files) Digest() (string, error) {
	file, err := os.Open(f.program)
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
