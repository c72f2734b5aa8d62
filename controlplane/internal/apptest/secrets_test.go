package apptest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
)

// credentialFiles hold what a node calls its control plane with, by their duty: it has no other place.
var credentialFiles = []string{"link.json", "join-token"}

// TestSecrets_LeaveNoTrace: S-64, S-66. Everything secret that a story of both planes makes is searched for in what they leave
// behind: logs, databases and all other files, traces, executions, and the audit log.
func TestSecrets_LeaveNoTrace(t *testing.T) {
	traces := collectTraces(t)
	platform, customer := t.TempDir(), t.TempDir()
	listen := freeAddress(t)
	program := apptest.Run(t, binaries, listen, platform, "--sso-allow", "127.0.0.1")
	url := "http://" + listen
	apptest.NewClient(t, url).AwaitUp()
	h := harbourAt(t, url, customer)
	names, secrets := h.tokens(t)
	delete(secrets, "none")
	names = slices.DeleteFunc(names, func(name string) bool { return name == "none" })
	secrets["password"], secrets["wrong password"] = "correct horse 9", "mark of a wrong password"
	secrets["client secret"], secrets["secret of a cluster"] = "mark of a client secret", "mark-of-a-secret-of-a-cluster"

	// What is refused is logged and audited too.
	for _, d := range h.doors(t) {
		for _, name := range names {
			d.show(secrets[name])
		}
	}
	send(t, "POST", url+"/api/v1/login", `{"email":"acme@example.com","password":"mark of a wrong password"}`)
	send(t, "POST", url+"/api/v1/login", `{"email":"mark of a wrong password","password":"mark of a wrong password"}`)
	h.ada.Call("POST", "/organizations/acme/identity-providers", map[string]string{
		"name": "Login", "issuer": "https://127.0.0.1:9", "clientId": "podium", "clientSecret": secrets["client secret"],
	}, 201, nil)
	secrets["link of the node"] = linkToken(t, customer)
	executed := h.useSecret(t, secrets["access token"], secrets["secret of a cluster"])
	traces.await(t, h.ada)

	var made apptest.Cluster
	h.ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, &made)
	h.ada.AwaitState("acme", "first", "READY")
	secrets["link of the cloud's node"] = linkToken(t, filepath.Join(platform, "clusters"))

	marks := markers{t: t, secrets: secrets}
	marks.search("the execution in the cluster", executed)
	for _, path := range []string{"/operations/" + made.Operation.ID + "/execution", "/organizations/acme/audit", "/organizations/acme/operations"} {
		var answer json.RawMessage
		h.ada.Call("GET", path, nil, 200, &answer)
		marks.search(path, answer)
	}
	files := marks.searchFiles(platform) + marks.searchFiles(customer)
	var deletion apptest.Operation
	h.ada.Call("DELETE", "/organizations/acme/clusters/first", nil, 202, &deletion)
	h.ada.AwaitState("acme", "first", "")
	program.Stop()
	marks.search("the log of the control plane", []byte(program.Log()))
	marks.search("the traces", traces.bytes())
	if files += marks.searchFiles(platform); files < 20 {
		t.Errorf("only %d files were searched", files)
	}
}

// useSecret has a workflow call somebody with a secret of the cluster, and returns the execution.
func (h *harbour) useSecret(t *testing.T, token, secret string) []byte {
	t.Helper()
	var got atomic.Value
	called := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.Store(r.Header.Get("X-Mark"))
		_, _ = io.WriteString(w, `{"said":"`+r.Header.Get("X-Mark")+`"}`)
	}))
	t.Cleanup(called.Close)
	call := func(method, path, body string, want int) string {
		t.Helper()
		status, text, err := tenantCall(t.Context(), h.cluster, token, method, path, body)
		if err != nil || status != want {
			t.Fatalf("%s %s: %d %s %v", method, path, status, text, err)
		}
		return text
	}
	call("PUT", "/api/secrets/MARK", secret, 200)
	call("POST", "/api/metadata/workflow", `{"name":"marked","version":1,"schemaVersion":2,"ownerEmail":"a@example.com","tasks":[{
		"name":"call","taskReferenceName":"call","type":"HTTP","inputParameters":{"http_request":{"method":"GET","uri":"`+called.URL+`",
		"headers":{"X-Mark":"${workflow.secrets.MARK}"}}}}]}`, 200)
	id := call("POST", "/api/workflow/marked", `{}`, 200)
	var execution string
	h.ada.Await("the workflow ends", func(context.Context) (bool, string) {
		execution = call("GET", "/api/workflow/"+id+"?includeTasks=true", "", 200)
		return strings.Contains(execution, `"status":"COMPLETED"`) && got.Load() != nil, execution
	})
	if got.Load() != secret {
		t.Fatalf("the call came with %q", got.Load())
	}
	return []byte(execution)
}

// linkToken returns what the node of a folder calls its control plane with.
func linkToken(t *testing.T, folder string) (token string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "link.json" {
			return err
		}
		b, err := os.ReadFile(path)
		var f struct{ LinkToken string }
		if err == nil {
			err = json.Unmarshal(b, &f)
		}
		token = f.LinkToken
		return err
	})
	if err != nil || token == "" {
		t.Fatalf("there is no link token in %s: %v", folder, err)
	}
	return token
}

// collected is what was sent to a collector of traces.
type collected struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

// collectTraces has data planes that start from now on send their traces here.
func collectTraces(t *testing.T) *collected {
	t.Helper()
	c := &collected{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, _ = io.Copy(&c.sent, r.Body)
	}))
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
	return c
}

func (c *collected) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.sent.Bytes())
}

// await waits for the trace of the workflow.
func (c *collected) await(t *testing.T, ada *apptest.Client) {
	t.Helper()
	ada.Await("a trace", func(context.Context) (bool, string) {
		return bytes.Contains(c.bytes(), []byte("marked")), fmt.Sprintf("%q", c.bytes())
	})
}

// markers searches for secrets, by name.
type markers struct {
	t       *testing.T
	secrets map[string]string
}

func (m markers) search(where string, text []byte) {
	m.t.Helper()
	if len(text) == 0 {
		m.t.Errorf("%s: there is nothing to search", where)
	}
	for name, secret := range m.secrets {
		for _, form := range []string{
			secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
		} {
			if secret == "" || bytes.Contains(text, []byte(form)) {
				m.t.Errorf("%s: the %s is there", where, name)
			}
		}
	}
}

// searchFiles searches all files of a folder but credentials, and returns how many.
func (m markers) searchFiles(folder string) (n int) {
	m.t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // stores come and go with their files
		}
		if err != nil || !d.Type().IsRegular() || slices.Contains(credentialFiles, d.Name()) {
			return err
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && len(text) > 0 {
			m.search(path, text)
			n++
		}
		return err
	})
	if err != nil {
		m.t.Error(err)
	}
	return n
}
