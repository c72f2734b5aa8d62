package apptest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
)

// logFile is where a data plane that has joined logs, in its folder.
const logFile = "log"

// join runs the line of the join page for a plain program, as a process on this machine. The returned function ends it.
func join(t *testing.T, line, data string) (kill func()) {
	t.Helper()
	line = strings.Replace(line, " edge ", " exec "+binaries.Edge+" --listen 127.0.0.1:0 ", 1)
	line = strings.Replace(line, "./podium-data", data, 1)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", "export "+strings.Replace(line, " exec ", "; exec ", 1))
	name := filepath.Join(data, logFile)
	log, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	err = cmd.Start()
	if err := errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
	ended := false
	kill = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill() // it may have ended by itself
			_ = cmd.Wait()         // as it was killed
		}
	}
	t.Cleanup(func() {
		kill()
		if t.Failed() {
			text, err := os.ReadFile(name)
			t.Logf("log of the data plane:\n%s%v", text, err)
		}
	})
	return kill
}

type invitation struct {
	Token string
	Ways  []struct{ Name, Code string }
}

func (i invitation) program(t *testing.T) string {
	t.Helper()
	for _, w := range i.Ways {
		if w.Name == "Program" {
			return w.Code
		}
	}
	t.Fatalf("there is no line for the program in %+v", i)
	return ""
}

// TestRemote creates a cluster in the customer's network and does what its join page says. The data plane is then killed, and
// the cluster says so; it comes back without a token, and the cluster recovers.
func TestRemote(t *testing.T) {
	t.Parallel() // it waits for a silence to be noticed
	listen, data := freeAddress(t), t.TempDir()
	ada := apptest.NewClient(t, "http://"+listen)
	apptest.Run(t, binaries, listen, t.TempDir())
	ada.AwaitUp()
	ada.SignUp("acme")
	var c apptest.Cluster
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "own", "cloud": "remote"}, 202, &c)
	ada.Await("the creation waits on the customer", func(ctx context.Context) (bool, string) {
		var o struct {
			State string
			Steps []struct{ Name, State string }
		}
		status, err := ada.Try(ctx, "GET", "/operations/"+c.Operation.ID, nil, &o)
		for _, s := range o.Steps {
			if strings.HasPrefix(s.Name, "health") && s.State == "RUNNING" {
				return true, ""
			}
		}
		return false, fmt.Sprint(status, err, o)
	})
	var first, second invitation
	ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &first)
	ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &second)
	kill := join(t, second.program(t)+" --console-through-link", data)
	if o := ada.AwaitEnd(c.Operation.ID); o.State != "SUCCEEDED" {
		t.Fatalf("the creation ended as %+v", o)
	}
	c = ada.AwaitState("acme", "own", "READY")
	connect(t, ada, c) // a key that is made reaches it
	openThroughLink(t, ada, "http://"+listen)
	bob := apptest.NewClient(t, "http://"+listen)
	bob.SignUp("bobs")
	removedFromConsole(t, ada, bob)

	kill()
	ada.AwaitState("acme", "own", "UNREACHABLE")
	join(t, strings.Replace(second.program(t), second.Token, "none", 1), data)
	back := ada.AwaitState("acme", "own", "READY")
	connect(t, ada, back)
	if back.Endpoint == c.Endpoint {
		t.Errorf("the address is %s, as before, though it serves on another port", back.Endpoint)
	}
	var deletion apptest.Operation
	ada.Call("DELETE", "/organizations/acme/clusters/own", nil, 202, &deletion)
	if o := ada.AwaitEnd(deletion.ID); o.State != "SUCCEEDED" {
		t.Fatalf("the deletion ended as %+v", o)
	}
}

// openThroughLink opens the console of the cluster own and calls its API, all by the address of the control plane.
func openThroughLink(t *testing.T, ada *apptest.Client, origin string) {
	t.Helper()
	var session struct{ URL string }
	ada.Await("the console goes through the link", func(ctx context.Context) (bool, string) {
		status, err := ada.Try(ctx, "POST", "/organizations/acme/clusters/own/console-sessions", nil, &session)
		return strings.HasPrefix(session.URL, origin+"/through/"), fmt.Sprint(status, err, session)
	})
	root, token, _ := strings.Cut(session.URL, "#token=")
	for name, call := range map[string]struct {
		path, token, want string
		status            int
	}{
		"its API":               {"podium/v1/info", token, `"organization":"acme"`, 200},
		"a list":                {"api/metadata/workflow", token, "[", 200},
		"without a token":       {"api/metadata/workflow", "", "Open this console again", 401},
		"with a spoilt token":   {"api/metadata/workflow", token + "x", "Open this console again", 401},
		"what it does not have": {"api/nothing", token, "message", 404},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, root+call.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Authorization", call.token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != call.status || !strings.Contains(string(text), call.want) {
			t.Errorf("%s: %d %s (%v), want %d with %s", name, res.StatusCode, text, err, call.status, call.want)
		}
	}
}

// removedFromConsole lets bob into the console of the cluster own, and takes him out of the organization: his token, which would
// be good for hours, is refused by the data plane.
func removedFromConsole(t *testing.T, ada, bob *apptest.Client) {
	t.Helper()
	var me struct{ ID, Email string }
	bob.Call("GET", "/me", nil, 200, &me)
	ada.Call("POST", "/organizations/acme/members", map[string]string{"email": me.Email, "role": "admin"}, 200, nil)
	var session struct{ URL string }
	bob.Call("POST", "/organizations/acme/clusters/own/console-sessions", nil, 201, &session)
	root, token, _ := strings.Cut(session.URL, "#token=")
	definitions := func(ctx context.Context) (int, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, root+"api/metadata/workflow", nil)
		if err != nil {
			return 0, err
		}
		r.Header.Set("X-Authorization", token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	if status, err := definitions(t.Context()); status != http.StatusOK {
		t.Errorf("as a member: %d %v", status, err)
	}
	ada.Call("DELETE", "/organizations/acme/members/"+me.ID, nil, 204, nil)
	ada.Await("the data plane refuses him", func(ctx context.Context) (bool, string) {
		status, err := definitions(ctx)
		return status == http.StatusUnauthorized, fmt.Sprint(status, err)
	})
}
