package apptest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
)

const ownNodes = "/organizations/acme/clusters/own/nodes"

// command is what was asked of a node.
type command struct {
	ID, Kind, State, Reason string
	Facts                   []struct{ Name, Value string }
}

// offers waits until the only node of the cluster own carries out commands, and returns their kinds.
func offers(ada *apptest.Client, want ...string) {
	ada.Await("the node offers "+strings.Join(want, ", "), func(ctx context.Context) (bool, string) {
		var nodes []struct{ Commands []string }
		status, err := ada.Try(ctx, "GET", ownNodes, nil, &nodes)
		return len(nodes) == 1 && slices.Equal(nodes[0].Commands, want), fmt.Sprint(status, err, nodes)
	})
}

// command gives the node a command and waits for its end.
func ask(t *testing.T, ada *apptest.Client, node, kind string) (c command) {
	t.Helper()
	ada.Call("POST", ownNodes+"/"+node+"/commands", map[string]string{"kind": kind}, 202, &c)
	return ended(ada, c.ID)
}

// ended waits for the end of a command.
func ended(ada *apptest.Client, id string) (c command) {
	ada.Await("the command ends", func(ctx context.Context) (bool, string) {
		var all []command
		status, err := ada.Try(ctx, "GET", "/organizations/acme/clusters/own/commands", nil, &all)
		i := slices.IndexFunc(all, func(o command) bool { return o.ID == id })
		if i < 0 {
			return false, fmt.Sprint(status, err, all)
		}
		c = all[i]
		return c.State != "QUEUED" && c.State != "TAKEN", fmt.Sprint(status, err, c)
	})
	return c
}

// drained takes the node out of work, and puts it back.
func drained(t *testing.T, ada *apptest.Client, node string) {
	t.Helper()
	for _, step := range []struct {
		kind  string
		want  bool
		ready int
	}{{"drain", true, http.StatusServiceUnavailable}, {"resume", false, http.StatusOK}} {
		if c := ask(t, ada, node, step.kind); c.State != "DONE" {
			t.Errorf("%s came to %+v", step.kind, c)
		}
		var nodes []struct {
			Drained  bool
			Endpoint string
		}
		ada.Await("the node is known for it", func(ctx context.Context) (bool, string) {
			nodes = nil // what is absent must not stay as it was
			status, err := ada.Try(ctx, "GET", ownNodes, nil, &nodes)
			return len(nodes) == 1 && nodes[0].Drained == step.want, fmt.Sprint(status, err, nodes)
		})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(nodes[0].Endpoint, "/api")+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != step.ready {
			t.Errorf("after %s it is ready: %d", step.kind, res.StatusCode)
		}
	}
}

// commands has the node do everything of the list, and finds what it did where it runs.
func commands(t *testing.T, ada *apptest.Client, node, data string, key func() string) {
	t.Helper()
	offers(ada, "rotate-certificate", "collect-diagnostics", "back-up", "drain", "resume")
	before := key()
	if c := ask(t, ada, node, "rotate-certificate"); c.State != "DONE" || key() == before {
		t.Errorf("after the rotation, %+v, the key is another one: %v", c, key() != before)
	}
	told := ask(t, ada, node, "collect-diagnostics")
	if told.State != "DONE" || len(told.Facts) < 5 || strings.Contains(fmt.Sprint(told.Facts), data) {
		t.Errorf("diagnostics are %+v", told)
	}
	made := ask(t, ada, node, "back-up")
	if made.State != "DONE" || len(made.Facts) == 0 {
		t.Fatalf("the backup came to %+v", made)
	}
	info, err := os.Stat(filepath.Join(data, "backups", made.Facts[0].Value))
	if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %+v, %v", info, err)
	}
	drained(t, ada, node)
	journal, err := os.ReadFile(filepath.Join(data, "commands.jsonl"))
	if err != nil || !strings.Contains(string(journal), made.ID) || !strings.Contains(string(journal), `"askedBy":"acme@example.com"`) {
		t.Errorf("the owner's journal tells %s, %v", journal, err)
	}
}
