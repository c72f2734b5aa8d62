package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
)

// tenantCall calls a cluster's API with a token; the error is one of the network.
func tenantCall(ctx context.Context, c apptest.Cluster, token, method, path, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Endpoint, "/api")+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Authorization", token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// usage is the sum of what the books say of an organization.
func usage(t *testing.T, ada *apptest.Client) (executions, tasks, storage int64) {
	t.Helper()
	var u struct {
		Days []struct{ Executions, Tasks, StorageBytes int64 }
	}
	ada.Call("GET", "/organizations/acme/usage", nil, 200, &u)
	for _, d := range u.Days {
		executions, tasks, storage = executions+d.Executions, tasks+d.Tasks, storage+d.StorageBytes
	}
	return executions, tasks, storage
}

// TestUsage_IsExactOverKillsOfBothPlanes starts executions while both planes are killed at random moments, and the link is
// away with the control plane: in the end the books hold what the data plane holds. Then a quota refuses further ones.
func TestUsage_IsExactOverKillsOfBothPlanes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	listen, data := freeAddress(t), t.TempDir()
	ada := apptest.NewClient(t, "http://"+listen)
	program := apptest.Run(t, binaries, listen, data)
	ada.AwaitUp()
	ada.SignUp("acme")
	ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "first"}, 202, nil)
	c := ada.AwaitState("acme", "first", "READY")
	var key struct{ ID, Secret string }
	ada.Call("POST", "/organizations/acme/clusters/first/access-keys", map[string]string{"name": "workers"}, 201, &key)
	bearer := token(t, ada, c, key)
	const definition = `{"name":"two","ownerEmail":"a@example.com","schemaVersion":2,"tasks":[
		{"name":"set","taskReferenceName":"set","type":"SET_VARIABLE","inputParameters":{"a":1}},
		{"name":"work","taskReferenceName":"work","type":"SIMPLE"}]}`
	if status, text, err := tenantCall(t.Context(), c, bearer, "POST", "/api/metadata/workflow", definition); status != 200 {
		t.Fatal(status, text, err)
	}
	for range 5 {
		stop := time.Now().Add(time.Duration(50+random.IntN(200)) * time.Millisecond)
		for time.Now().Before(stop) {
			_, _, _ = tenantCall(t.Context(), c, bearer, "POST", "/api/workflow/two", "{}") // may meet a kill
		}
		killed := random.IntN(3)
		if killed != 0 {
			for _, pid := range apptest.DataPlanes(t, data) {
				n, err := strconv.Atoi(pid)
				if err != nil {
					t.Fatal(err)
				}
				if p, err := os.FindProcess(n); err == nil {
					_ = p.Kill() // it may be one that the control plane has replaced already
				}
			}
		}
		if killed != 1 {
			program.Kill()
			program = apptest.Run(t, binaries, listen, data)
			ada.AwaitUp()
		}
	}
	// Ctrl-C takes the data plane along, which reports once more; what it could not say then it says when it is back.
	program.Stop()
	apptest.Run(t, binaries, listen, data)
	ada.AwaitUp()
	c = ada.AwaitState("acme", "first", "READY")
	var found struct{ TotalHits int64 }
	ada.Await("the data plane is back", func(ctx context.Context) (bool, string) {
		status, text, err := tenantCall(ctx, c, bearer, "GET", "/api/workflow/search?size=1", "")
		return status == 200 && json.Unmarshal([]byte(text), &found) == nil && found.TotalHits > 5, fmt.Sprint(status, text, err)
	})
	ada.Await("the books are right", func(context.Context) (bool, string) {
		executions, tasks, storage := usage(t, ada)
		seen := fmt.Sprintf("%d executions, %d tasks, %d bytes; there are %d executions", executions, tasks, storage, found.TotalHits)
		if executions > found.TotalHits || tasks > 2*found.TotalHits {
			t.Fatalf("booked twice: %s", seen)
		}
		return executions == found.TotalHits && tasks == 2*found.TotalHits && storage > 0, seen
	})

	ada.Call("PUT", "/organizations/acme/quotas", map[string]any{"quotas": []any{map[string]any{"metric": "executions", "hard": found.TotalHits}}}, 200, nil)
	ada.Await("starts are refused", func(ctx context.Context) (bool, string) {
		status, text, err := tenantCall(ctx, c, bearer, "POST", "/api/workflow/two", "{}")
		return status == 429 && strings.Contains(text, "quota") && strings.Contains(text, `"retryable":false`), fmt.Sprint(status, text, err)
	})
	ada.Call("PUT", "/organizations/acme/quotas", map[string]any{"quotas": []any{}}, 200, nil)
	ada.Await("starts are let in again", func(ctx context.Context) (bool, string) {
		status, text, err := tenantCall(ctx, c, bearer, "POST", "/api/workflow/two", "{}")
		return status == 200, fmt.Sprint(status, text, err)
	})
}
