package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestExport_MovesADataPlaneToAnotherFolder(t *testing.T) {
	from, to, file := t.TempDir(), filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "all.podium")
	p := start(t, "--data", from)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	id := p.want(200, "POST", "/api/workflow/w", `{"n":1}`)
	p.end()
	if code, stdout, stderr := run(t, nil, "export", "--data", from, file); code != 0 || !strings.Contains(stdout, "exported 1 executions with 1 tasks, 1 definitions") {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	for again, want := range []string{"imported 1 executions", "1 executions were there already"} {
		if code, stdout, stderr := run(t, nil, "import", "--fence=false", "--data", to, file); code != 0 || !strings.Contains(stdout, want) {
			t.Fatalf("import %d: exit code %d, %s%s", again, code, stdout, stderr)
		}
	}
	p = start(t, "--data", to)
	if got := p.want(200, "GET", "/api/workflow/"+id, ""); !strings.Contains(got, `"n":1`) {
		t.Errorf("got %s", got)
	}
	var tasks []map[string]any
	if err := json.Unmarshal([]byte(p.want(200, "GET", "/api/tasks/poll/batch/work?timeout=5000", "")), &tasks); err != nil || len(tasks) != 1 {
		t.Errorf("%d tasks (%v)", len(tasks), err)
	}
	if code, _, stderr := run(t, nil, "import", "--data", to, file); code != 1 || !strings.Contains(stderr, "another process") {
		t.Errorf("while it runs: exit code %d, %s", code, stderr)
	}
}

// The way back to a former version after a later one has changed the form of the store: the former one refuses to touch it, and a
// backup from before takes its place.
func TestImport_ReplacesWhatALaterVersionHasWritten(t *testing.T) {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "all.podium")
	p := start(t, "--data", data)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	id := p.want(200, "POST", "/api/workflow/w", `{"n":1}`)
	p.end()
	if code, _, stderr := run(t, nil, "export", "--data", data, file); code != 0 {
		t.Fatalf("export: exit code %d, %s", code, stderr)
	}
	markers, err := filepath.Glob(filepath.Join(data, "store", "marker.format-version.*"))
	if err != nil || len(markers) != 1 {
		t.Fatalf("markers %v, %v", markers, err)
	}
	if err := os.Rename(markers[0], strings.TrimSuffix(markers[0], filepath.Ext(markers[0]))+".999"); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, nil, "export", "--data", data, file+"2"); code != 1 || !strings.Contains(stderr, "a later version of the program has written it") {
		t.Errorf("export: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, nil, "import", "--data", data, file); code != 1 || !strings.Contains(stderr, "a later version of the program has written it") {
		t.Errorf("import: exit code %d, %s", code, stderr)
	}
	if code, stdout, stderr := run(t, nil, "import", "--data", data, "--replace", "--fence=false", file); code != 0 || !strings.Contains(stdout, "imported 1 executions") {
		t.Fatalf("import --replace: exit code %d, %s%s", code, stdout, stderr)
	}
	p = start(t, "--data", data)
	if got := p.want(200, "GET", "/api/workflow/"+id, ""); !strings.Contains(got, `"n":1`) {
		t.Errorf("got %s", got)
	}
}

func TestExport_NeverLeavesHalfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "all.podium")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if code, _, stderr := run(t, nil, "export", "--data", nowhere, file); code != 1 || !strings.Contains(stderr, nowhere) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if _, err := os.Stat(nowhere); !os.IsNotExist(err) {
		t.Errorf("an export makes a folder (%v)", err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "before" {
		t.Errorf("the file is %q now (%v)", got, err)
	}
	if code, _, stderr := run(t, nil, "import", "--data", t.TempDir(), file); code != 1 || !strings.Contains(stderr, "no export of a data plane") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, _, stderr := run(t, nil, "import", "--data", t.TempDir(), nowhere); code != 1 || !strings.Contains(stderr, nowhere) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// calls is a server that counts, for HTTP tasks.
func calls(t *testing.T) (url string, count *atomic.Int64) {
	t.Helper()
	count = &atomic.Int64{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		_, _ = fmt.Fprintf(w, `{"token":%q}`, r.Header.Get("Token"))
	}))
	t.Cleanup(web.Close)
	return web.URL, count
}

func TestExport_OfADataPlaneThatRunsBecomesAFencedCopyWithItsSecrets(t *testing.T) {
	url, count := calls(t)
	from, to, key := t.TempDir(), filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "backup.key")
	file := filepath.Join(t.TempDir(), "all.podium")
	p := start(t, "--data", from, "--payload-threshold", "1000")
	p.want(200, "PUT", "/api/secrets/token", "hunter22hunter22")
	p.want(200, "POST", "/api/metadata/workflow", `{"name":"c","ownerEmail":"a@example.test","tasks":[
		{"name":"work","taskReferenceName":"work","type":"SIMPLE"},
		{"name":"h","taskReferenceName":"h","type":"HTTP","inputParameters":{"http_request":{"uri":"`+url+`","method":"GET","headers":{"Token":"${workflow.secrets.token}"}}}}]}`)
	large := strings.Repeat("x", 5000)
	id := p.want(200, "POST", "/api/workflow/c", `{"large":"`+large+`"}`)

	if code, stdout, stderr := run(t, nil, "export", "--data", from, "--key-file", key, file); code != 0 || !strings.Contains(stdout, "1 executions with 1 tasks") || !strings.Contains(stdout, "1 large payloads") {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	if b, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(b), "age-encryption.org/v1") || strings.Contains(string(b), "hunter22") {
		t.Fatalf("the file is not sealed: %v", err)
	}
	if _, stdout, stderr := run(t, nil, "import", "--data", to, file); !strings.Contains(stderr, "--key-file") {
		t.Errorf("without the key: %s%s", stdout, stderr)
	}
	if code, stdout, stderr := run(t, nil, "import", "--data", to, "--key-file", key, file); code != 0 || !strings.Contains(stdout, "fenced") {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	original := p.want(200, "GET", "/podium/v1/info", "")
	p.end()

	p = start(t, "--data", to, "--payload-threshold", "1000")
	var info struct{ Fence struct{ ClusterID string } }
	if err := json.Unmarshal([]byte(p.want(200, "GET", "/podium/v1/info", "")), &info); err != nil || info.Fence.ClusterID == "" || !strings.Contains(original, info.Fence.ClusterID) {
		t.Errorf("the fence is of %+v, the original was %s", info, original)
	}
	p.want(200, "POST", "/api/tasks/"+id+"/work/COMPLETED", `{}`)
	if got := p.want(200, "GET", "/api/workflow/"+id, ""); !strings.Contains(got, `"RUNNING"`) || count.Load() != 0 {
		t.Errorf("the copy has called: %s", got)
	}
	for range 2 {
		if code, stdout, stderr := run(t, nil, "lift-fence", "--data", to); code != 0 {
			t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
		}
	}
	got := ""
	for deadline := time.Now().Add(time.Minute); !strings.Contains(got, `"status":"COMPLETED"`) || count.Load() == 0; {
		if got = p.want(200, "GET", "/api/workflow/"+id, ""); time.Now().After(deadline) {
			t.Fatalf("it does not end: %s", got)
		}
	}
	if strings.Contains(got, "hunter22") {
		t.Error("the secret was kept in the execution")
	}
}

func TestImport_SaysWhichSecretsCannotBeOpened(t *testing.T) {
	from, to, file := t.TempDir(), filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "all.podium")
	p := start(t, "--data", from)
	p.want(200, "PUT", "/api/secrets/token", "hunter22hunter22")
	if code, stdout, stderr := run(t, nil, "export", "--data", from, file); code != 0 {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	p.end()
	if code, _, stderr := run(t, nil, "import", "--data", to, file); code != 1 || !strings.Contains(stderr, "cannot be opened: token") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, stdout, stderr := run(t, nil, "import", "--data", to, "--without-secrets", file); code != 0 || !strings.Contains(stdout, "left out") {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := run(t, nil, "import", "--data", to, "--replace", "--old-secret-key-file", filepath.Join(from, "secret.key"), file); code != 0 {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	p = start(t, "--data", to, "--read-secrets")
	if got := p.want(200, "GET", "/api/secrets/token", ""); !strings.Contains(got, "hunter22hunter22") {
		t.Errorf("got %s", got)
	}
}

func TestImport_ReplaceLeavesNothingOfBefore(t *testing.T) {
	from, to, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "all.podium")
	p := start(t, "--data", from)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	if code, _, stderr := run(t, nil, "export", "--data", from, file); code != 0 {
		t.Fatal(stderr)
	}
	p.end()
	p = start(t, "--data", to)
	p.want(200, "POST", "/api/metadata/workflow", strings.ReplaceAll(definition, `"w"`, `"other"`))
	p.want(200, "POST", "/api/workflow/other", "{}")
	if code, _, stderr := run(t, nil, "import", "--data", to, "--replace", file); code != 1 || !strings.Contains(stderr, "in use by another process") {
		t.Errorf("while it runs: exit code %d, %s", code, stderr)
	}
	p.end()
	if err := os.WriteFile(file+".half", readFile(t, file)[:200], 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run(t, nil, "import", "--data", to, "--replace", file+".half"); code != 1 {
		t.Errorf("half a file: exit code %d, %s", code, stderr)
	}
	p = start(t, "--data", to)
	p.want(200, "GET", "/api/metadata/workflow/other", "") // as nothing was changed
	p.end()
	if code, _, stderr := run(t, nil, "import", "--data", to, "--replace", "--fence=false", file); code != 0 {
		t.Fatal(stderr)
	}
	p = start(t, "--data", to)
	p.want(404, "GET", "/api/metadata/workflow/other", "")
	p.want(200, "GET", "/api/metadata/workflow/w", "")
	if got := p.want(200, "GET", "/api/workflow/search?query=&start=0&size=10", ""); !strings.Contains(got, `"totalHits":0`) {
		t.Errorf("executions of before: %s", got)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
