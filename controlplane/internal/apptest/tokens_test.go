package apptest_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/podium-cloud/podium/controlplane/internal/apptest"
	"github.com/podium-cloud/podium/controlplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/proto/tasks"
)

var update = flag.Bool("update", false, "rewrite testdata/tokens.txt")

// send makes a call without cookies and returns its status and its body. headers are pairs of name and value.
func send(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

// harbour is a cloud with a data plane that serves HTTP and gRPC.
type harbour struct {
	url, grpc string
	ada       *apptest.Client
	cluster   apptest.Cluster
	key       struct{ ID, Secret string }
}

func newHarbour(t *testing.T) *harbour {
	t.Helper()
	url, _ := apptest.Start(t, config.Config{Data: t.TempDir(), EdgeBinary: binaries.Edge, Listen: freeAddress(t)})
	return harbourAt(t, url, t.TempDir())
}

// harbourAt is one at a control plane that runs; the data plane keeps its data in a folder.
func harbourAt(t *testing.T, url, data string) *harbour {
	t.Helper()
	h := &harbour{url: url, grpc: freeAddress(t), ada: apptest.NewClient(t, url)}
	h.ada.SignUp("acme")
	h.ada.Call("POST", "/organizations/acme/clusters", map[string]string{"name": "own", "cloud": "remote"}, 202, nil)
	var i invitation
	h.ada.Await("the cluster can be joined", func(ctx context.Context) (bool, string) {
		status, err := h.ada.Try(ctx, "POST", "/organizations/acme/clusters/own/join-tokens", nil, &i)
		return status == http.StatusCreated, fmt.Sprint(status, err)
	})
	join(t, strings.Replace(i.program(t), " edge ", " edge --grpc-listen "+h.grpc+" ", 1), data)
	h.cluster = h.ada.AwaitState("acme", "own", "READY")
	h.ada.Call("POST", "/organizations/acme/clusters/own/access-keys", map[string]string{"name": "workers"}, 201, &h.key)
	return h
}

const matrixNode = "matrix"

func (h *harbour) registration(node string) string {
	return fmt.Sprintf(`{"contractVersion":1,"clusterId":%q,"nodeId":%q,"endpoint":"http://127.0.0.1:7200/api"}`, h.cluster.ID, node)
}

// tokens makes one of each kind, by name.
func (h *harbour) tokens(t *testing.T) (names []string, all map[string]string) {
	t.Helper()
	all = map[string]string{}
	add := func(name, token string) {
		if token == "" && name != "none" {
			t.Fatalf("there is no %s", name)
		}
		names, all[name] = append(names, name), token
	}
	signedIn, _ := send(t, "POST", h.url+"/api/v1/login", `{"email":"acme@example.com","password":"correct horse 9"}`)
	cookie, _, _ := strings.Cut(signedIn.Header.Get("Set-Cookie"), ";")
	_, session, _ := strings.Cut(cookie, "=")
	add("session", session)
	var made struct{ ID, Secret, Token, Link, URL, LinkToken string }
	h.ada.Call("POST", "/me/api-keys", map[string]any{"name": "mine", "organization": "acme", "dangerous": true}, 201, &made)
	add("personal API key", made.Secret)
	h.ada.Call("POST", "/organizations/acme/service-accounts", map[string]string{"name": "deployer", "role": "admin"}, 201, &made)
	h.ada.Call("POST", "/organizations/acme/service-accounts/"+made.ID+"/api-keys", map[string]any{"name": "ci", "dangerous": true}, 201, &made)
	add("service account's API key", made.Secret)
	h.ada.Call("POST", "/organizations/acme/invitations", map[string]string{"email": "grace@example.com", "role": "member"}, 201, &made)
	_, invited, _ := strings.Cut(made.Link, "/invitation#")
	add("invitation", invited)

	h.ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &made)
	joined, text := send(t, "POST", h.url+fleetapi.RegisterPath, h.registration(matrixNode), "Authorization", "Bearer "+made.Token)
	_, link, _ := strings.Cut(text, `"linkToken":"`)
	link, _, _ = strings.Cut(link, `"`)
	if joined.StatusCode != http.StatusOK {
		t.Fatalf("registering is answered %d %s", joined.StatusCode, text)
	}
	h.ada.Call("POST", "/organizations/acme/clusters/own/join-tokens", nil, 201, &made)
	add("join token", made.Token)
	add("link token", link)

	h.ada.Call("POST", "/organizations/acme/clusters/own/console-sessions", nil, 201, &made)
	_, console, _ := strings.Cut(made.URL, "#token=")
	add("console token", console)
	add("access key's secret", h.key.Secret)
	add("access token", token(t, h.ada, h.cluster, h.key))
	add("foreign ID token", h.forged(t, console))
	add("none", "")
	return names, all
}

// forged is a token with the claims of another one, signed as an identity provider would sign: with a key of its own.
func (h *harbour) forged(t *testing.T, like string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(like, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	forged := jwt.NewWithClaims(jwt.SigningMethodEdDSA, parsed.Claims)
	forged.Header["kid"] = parsed.Header["kid"]
	signed, err := forged.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// door is where a token can be shown, and what it answers.
type door struct {
	name string
	show func(token string) string
}

func (h *harbour) doors(t *testing.T) []door {
	t.Helper()
	connection, err := grpc.NewClient(h.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	by := func(method, url, body string, headers func(token string) []string) func(string) string {
		return func(token string) string {
			res, _ := send(t, method, url, body, headers(token)...)
			return fmt.Sprint(res.StatusCode)
		}
	}
	header := func(name, scheme string) func(string) []string {
		return func(token string) []string { return []string{name, scheme + token} }
	}
	report := fmt.Sprintf(`{"clusterId":%q,"nodeId":%q}`, h.cluster.ID, matrixNode)
	definitions := h.cluster.Endpoint + "/metadata/workflow"
	return []door{
		{"api-bearer", by("GET", h.url+"/api/v1/me", "", header("Authorization", "Bearer "))},
		{"api-cookie", by("GET", h.url+"/api/v1/me", "", header("Cookie", "podium_session="))},
		{"register", by("POST", h.url+fleetapi.RegisterPath, h.registration(matrixNode+"2"), header("Authorization", "Bearer "))},
		{"sync", by("POST", h.url+fleetapi.SyncPath, report, header("Authorization", "Bearer "))},
		{"usage", by("POST", h.url+fleetapi.UsagePath, report, header("Authorization", "Bearer "))},
		{"invitation", func(token string) string {
			res, _ := send(t, "POST", h.url+"/api/v1/invitations/view", fmt.Sprintf(`{"token":%q}`, token))
			return fmt.Sprint(res.StatusCode)
		}},
		{"rest", by("GET", definitions, "", header("X-Authorization", ""))},
		{"rest-bearer", by("GET", definitions, "", header("Authorization", "Bearer "))},
		{"exchange", func(token string) string {
			res, _ := send(t, "POST", h.cluster.Endpoint+"/token", fmt.Sprintf(`{"keyId":%q,"keySecret":%q}`, h.key.ID, token))
			return fmt.Sprint(res.StatusCode)
		}},
		{"grpc", func(token string) string {
			ctx, stop := context.WithTimeout(metadata.AppendToOutgoingContext(t.Context(), "x-authorization", token), time.Minute)
			defer stop()
			_, err := tasks.NewTaskServiceClient(connection).GetQueueSizesForTasks(ctx, &tasks.QueueSizesRequest{})
			return status.Code(err).String()
		}},
	}
}

// TestTokens_OpenOnlyTheirOwnDoors shows each kind of token at each door of both planes, and compares the answers with
// testdata/tokens.txt: S-43.
func TestTokens_OpenOnlyTheirOwnDoors(t *testing.T) {
	h := newHarbour(t)
	names, all := h.tokens(t)
	doors := h.doors(t)
	var got strings.Builder
	fmt.Fprintf(&got, "%-26s", "token")
	for _, d := range doors {
		fmt.Fprintf(&got, " %15s", d.name)
	}
	for _, name := range names {
		fmt.Fprintf(&got, "\n%-26s", name)
		for _, d := range doors {
			fmt.Fprintf(&got, " %15s", d.show(all[name]))
		}
	}
	got.WriteByte('\n')
	const file = "testdata/tokens.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the doors answer\n%s\nwant\n%s\n(-update rewrites %s)", got.String(), want, file)
	}
}
