package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/podium-cloud/podium/dataplane/internal/app"
)

// output is what a process writes, to be read while it runs.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// await waits for a line that matches and returns its first group.
func (o *output) await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for timeout := time.After(time.Minute); ; {
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m[1]
		}
		select {
		case <-o.more:
		case <-timeout:
			t.Fatalf("no line like %s in:\n%s", pattern, o)
		}
	}
}

// process is a running edge.
type process struct {
	t      *testing.T
	url    string
	stderr *output
	stop   context.CancelFunc
	ended  chan int
}

// run runs edge to its end and returns its exit code and what it wrote.
func run(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = app.Run(t.Context(), app.Process{Name: "edge", Args: args, Env: func(n string) string { return env[n] }, Stdout: &out, Stderr: &err})
	return code, out.String(), err.String()
}

// start starts edge on a free port and waits until it says that it serves.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := launch(t, newOutput(), append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	p.url = p.stderr.await(t, `msg=serving url=(http://\S+)`)
	return p
}

// launch starts edge and waits for nothing.
func launch(t *testing.T, stderr *output, args ...string) *process {
	t.Helper()
	return launchIn(t, nil, stderr, args...)
}

func launchIn(t *testing.T, env map[string]string, stderr *output, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &process{t: t, stderr: stderr, stop: cancel, ended: make(chan int, 1)}
	go func() {
		p.ended <- app.Run(ctx, app.Process{Name: "edge", Args: args, Env: func(n string) string { return env[n] }, Stdout: io.Discard, Stderr: p.stderr})
	}()
	t.Cleanup(func() { p.stop(); <-p.ended; p.ended <- 0 })
	return p
}

// end stops edge and returns its exit code.
func (p *process) end() int {
	p.stop()
	code := <-p.ended
	p.ended <- code
	return code
}

func (p *process) call(method, path, body string, headers ...string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

func (p *process) want(status int, method, path, body string, headers ...string) string {
	p.t.Helper()
	got, text := p.call(method, path, body, headers...)
	if got != status {
		p.t.Fatalf("%s %s: got %d %s, want %d", method, path, got, text, status)
	}
	return text
}

const definition = `{"name":"w","ownerEmail":"a@example.test","tasks":[{"name":"work","taskReferenceName":"work","type":"SIMPLE"}]}`

func TestServe_KeepsEverythingOverARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	p := start(t, "--data", dir)
	p.want(200, "POST", "/api/metadata/workflow", definition)
	id := p.want(200, "POST", "/api/workflow/w", `{"n":1}`)
	cluster := p.want(200, "GET", "/podium/v1/info", "")
	if code := p.end(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, p.stderr)
	}
	p = start(t, "--data", dir)
	if got := p.want(200, "GET", "/api/workflow/"+id, ""); !strings.Contains(got, `"n":1`) {
		t.Errorf("got %s", got)
	}
	if got := p.want(200, "GET", "/podium/v1/info", ""); got != cluster {
		t.Errorf("another cluster: %s, before %s", got, cluster)
	}
	var tasks []map[string]any
	if err := json.Unmarshal([]byte(p.want(200, "GET", "/api/tasks/poll/batch/work?timeout=5000", "")), &tasks); err != nil || len(tasks) != 1 {
		t.Errorf("%d tasks (%v)", len(tasks), err)
	}
}

func TestServe_StopsWithinSecondsAnsweringWhoWaits(t *testing.T) {
	p := start(t, "--data", t.TempDir())
	polled := make(chan string, 1)
	go func() { polled <- p.want(200, "GET", "/api/tasks/poll/batch/nobody?timeout=5000", "") }()
	for !strings.Contains(p.want(200, "GET", "/podium/v1/overview", ""), `"pollers":1`) {
	}
	ahead, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")) // as browsers do: no request comes
	if err != nil {
		t.Fatal(err)
	}
	defer ahead.Close()
	p.want(200, "GET", "/healthz", "") // by now the server knows of it
	began := time.Now()
	if code := p.end(); code != 0 || strings.Contains(p.stderr.String(), "cut off") || time.Since(began) > 4500*time.Millisecond {
		t.Errorf("exit code %d after %v:\n%s", code, time.Since(began), p.stderr)
	}
	if got := <-polled; strings.TrimSpace(got) != "[]" {
		t.Errorf("poll answers %s", got)
	}
}

func TestServe_RefusesWhatCannotWork(t *testing.T) {
	dir := t.TempDir()
	p := start(t, "--data", dir)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(empty, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		want []string
	}{
		"the address is taken":   {[]string{"--listen", strings.TrimPrefix(p.url, "http://"), "--data", t.TempDir()}, []string{"in use", "--listen"}},
		"the folder is taken":    {[]string{"--listen", "127.0.0.1:0", "--data", dir}, []string{dir, "another process"}},
		"the folder is a file":   {[]string{"--listen", "127.0.0.1:0", "--data", file}, []string{file}},
		"others can reach it":    {[]string{"--listen", "0.0.0.0:0", "--data", t.TempDir()}, []string{"edge key create", "--auth none"}},
		"no such keys file":      {[]string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--keys-file", "/nowhere/keys"}, []string{"/nowhere/keys"}},
		"a keys file without":    {[]string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--keys-file", empty}, []string{empty, "edge key create"}},
		"an unknown flag":        {[]string{"--colour"}, []string{"colour"}},
		"an unknown subcommand":  {[]string{"key", "destroy"}, []string{"key"}},
		"a key without its name": {[]string{"key", "create"}, []string{"--name"}},
	} {
		code, _, stderr := run(t, nil, tc.args...)
		if code != 1 {
			t.Errorf("%s: exit code %d", name, code)
		}
		for _, want := range tc.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: %q does not say %s", name, stderr, want)
			}
		}
	}
	p.want(200, "GET", "/healthz", "") // none of them disturbed it
}

func TestKeyCreate_MakesAKeyThatARunningServerTakes(t *testing.T) {
	dir := t.TempDir()
	create := func() (id, secret string) {
		t.Helper()
		code, stdout, stderr := run(t, nil, "key", "create", "--name", "ci", "--data", dir)
		if n, err := fmt.Sscanf(stdout, "CONDUCTOR_AUTH_KEY=%s\nCONDUCTOR_AUTH_SECRET=%s\n", &id, &secret); code != 0 || n != 2 || strings.Contains(stderr, secret) {
			t.Fatalf("exit code %d, stdout %q (%v), stderr %q", code, stdout, err, stderr)
		}
		return id, secret
	}
	token := func(p *process, id, secret string) string {
		t.Helper()
		var body struct{ Token string }
		if err := json.Unmarshal([]byte(p.want(200, "POST", "/api/token", fmt.Sprintf(`{"keyId":%q,"keySecret":%q}`, id, secret))), &body); err != nil {
			t.Fatal(err)
		}
		return body.Token
	}
	id, secret := create()
	p := start(t, "--data", dir) // finds the keys by itself, and then wants them
	p.want(401, "GET", "/api/metadata/workflow", "")
	p.want(200, "GET", "/api/metadata/workflow", "", "X-Authorization: "+token(p, id, secret))

	id2, secret2 := create()
	p.stderr.await(t, `msg="keys file is in force" .*access_keys=(2)`)
	second := token(p, id2, secret2)
	keys := filepath.Join(dir, "keys.json")
	if err := os.WriteFile(keys, []byte(`[`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.stderr.await(t, `(makes no sense)`)
	p.want(200, "GET", "/api/metadata/workflow", "", "X-Authorization: "+second)
	if err := os.WriteFile(keys, []byte(`[ ]`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.stderr.await(t, `msg="keys file is in force" .*access_keys=(0)`)
	p.want(401, "GET", "/api/metadata/workflow", "", "X-Authorization: "+second)
	for _, s := range []string{secret, secret2, second} {
		if strings.Contains(p.stderr.String(), s) {
			t.Error("the log tells a secret")
		}
	}
}

func TestRun_VersionAndHelp(t *testing.T) {
	if code, stdout, _ := run(t, nil, "version"); code != 0 || strings.TrimSpace(stdout) == "" {
		t.Errorf("exit code %d, %q", code, stdout)
	}
	for _, arg := range []string{"--help", "-h", "help"} {
		if code, _, stderr := run(t, nil, arg); code != 0 || !strings.Contains(stderr, "-listen") {
			t.Errorf("%s: exit code %d, %q", arg, code, stderr)
		}
	}
	if code, _, stderr := run(t, map[string]string{"PODIUM_EDGE_LISTEN": "nonsense"}); code != 1 || !strings.Contains(stderr, "nonsense") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestServe_HTTPTasksAreGuardedWhereOthersCanReach(t *testing.T) {
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	go http.Serve(inside, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) }))
	def := fmt.Sprintf(`{"name":"call","ownerEmail":"a@example.test","tasks":[{"name":"get","taskReferenceName":"get","type":"HTTP","retryCount":0,
		"inputParameters":{"http_request":{"uri":"http://%s/","method":"GET"}}}]}`, inside.Addr())
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "COMPLETED"},
		{[]string{"--http-allow", "10.0.0.0/8"}, "FAILED"},
		{[]string{"--http-allow", "10.0.0.0/8,127.0.0.1"}, "COMPLETED"},
	} {
		p := start(t, append([]string{"--data", t.TempDir()}, tc.args...)...)
		p.want(200, "POST", "/api/metadata/workflow", def)
		got := p.want(200, "POST", "/api/workflow/execute/call/1", `{}`)
		if !strings.Contains(got, `"targetWorkflowStatus":"`+tc.want+`"`) {
			t.Errorf("%v: got %s", tc.args, got)
		}
		p.end()
	}
}
