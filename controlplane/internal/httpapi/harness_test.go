package httpapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/envelope"
	"github.com/podium-cloud/podium/controlplane/internal/erasure"
	"github.com/podium-cloud/podium/controlplane/internal/fleet"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/identity"
	"github.com/podium-cloud/podium/controlplane/internal/mail"
	"github.com/podium-cloud/podium/controlplane/internal/metering"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/outbound"
	"github.com/podium-cloud/podium/controlplane/internal/peering"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
	"github.com/podium-cloud/podium/controlplane/internal/releases"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/store"
	"github.com/podium-cloud/podium/controlplane/internal/store/storetest"
	"github.com/podium-cloud/podium/controlplane/internal/tenancy"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/controlplane/internal/through"
	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/workflow"
	"github.com/podium-cloud/podium/migrations"
	"github.com/podium-cloud/podium/migrations/pgtest"
	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
	"github.com/podium-cloud/podium/provisioner/remote"
)

// peeredCloud is a cloud whose networks can be connected.
type peeredCloud struct {
	*cloudtest.Memory
	*cloudtest.Peers
}

// site is the API over a real store and a real engine. What carries operations out is left away: the test does it.
type site struct {
	url     string
	folder  string // of the store and its key
	store   *store.Store
	engine  *engine.Engine
	hub     *notify.Hub
	control *cluster.Control
	cloud   *cloudtest.Memory
	peers   *cloudtest.Peers
	planner *provisioner.Provisioner
	log     *bytes.Buffer
	sso     *sso.Service
	sealer  *identity.Sealer

	accounts *accountsCloud
	names    names            // of domains
	now      func() time.Time // of people and providers
	ahead    *atomic.Int64    // by how much the clock of people and providers is ahead of the real one
	close    func()           // what a server does that begins to shut down
}

type idle struct{}

func (idle) Submit(operation.Record) {}

// names are the TXT records that a test makes.
type names map[string]string

func (n names) LookupTXT(_ context.Context, name string) ([]string, error) {
	if n[name] == "" {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return []string{"something else", n[name]}, nil
}

func newSite(t *testing.T, secure bool) *site {
	t.Helper()
	return newSiteOn(t, secure, t.TempDir(), store.Config{})
}

// replica is another server over the same store, which nothing else connects with the first.
func (s *site) replica(t *testing.T) *site {
	t.Helper()
	return newSiteOn(t, false, s.folder, store.Config{})
}

// newConfinedSite is on PostgreSQL, which confines each call to the rows of its organization; what the test itself does with
// the store is not confined.
func newConfinedSite(t *testing.T) *site {
	t.Helper()
	return newSiteOn(t, false, t.TempDir(), store.Config{
		Postgres: pgtest.New(t, migrations.ControlPlane()), Scope: tenancy.Scope{Everywhere: true},
	})
}

// newSiteOn keeps its files in a folder, among them the store unless it is on PostgreSQL.
func newSiteOn(t *testing.T, secure bool, folder string, db store.Config, tune ...func(*httpapi.Deps)) *site {
	t.Helper()
	if db.Postgres == "" && db.Path == "" {
		db.Path = storetest.SQLite(t, folder)
	}
	s := &site{folder: folder, hub: &notify.Hub{}, log: &bytes.Buffer{}, names: names{}, ahead: new(atomic.Int64), accounts: &accountsCloud{}, cloud: &cloudtest.Memory{}, peers: &cloudtest.Peers{}}
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	s.now = func() time.Time {
		return time.Now().UTC().Truncate(time.Microsecond).Add(time.Duration(s.ahead.Load()))
	}
	var err error
	if s.store, err = store.Open(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	if s.engine, err = engine.Open(t.Context(), engine.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.engine.Close() })
	sealer, err := identity.OpenSealer(filepath.Join(folder, "key"))
	must(t, err)
	kek, err := envelope.OpenLocal(filepath.Join(t.TempDir(), "kek"))
	must(t, err)
	keys := envelope.New(s.store, kek, s.now)
	signer, err := identity.OpenSigner(t.Context(), s.store, sealer, "http://127.0.0.1:8080", time.Now)
	must(t, err)
	log := slog.New(slog.NewTextHandler(s.log, nil))
	books := metering.New(metering.Deps{Store: s.store, Hub: s.hub, Now: time.Now, Logger: log})
	link := fleet.New(fleet.Deps{Releases: &releases.Shelf{}, Store: s.store, Books: books, Keys: signer, Hub: s.hub, ConsoleOrigin: "http://127.0.0.1:8080", Now: time.Now, Logger: log})
	s.control = cluster.NewControl(cluster.ControlDeps{Store: s.store, Link: link, Sealer: keys, Hub: s.hub, Now: time.Now})
	closing, cancel := context.WithCancel(t.Context())
	s.close = cancel
	s.sso = sso.New(sso.Config{
		Store: s.store, Sealer: keys, Resolver: s.names, PublicURL: s.url, AllowHTTP: true, Now: s.now, Logger: log,
		Client: outbound.Client(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
	})
	planner, err := provisioner.New(provisioner.Deps{
		Engine: s.engine, Clouds: map[string]provisioner.Cloud{"local": peeredCloud{s.cloud, s.peers}}, Control: s.control,
		ControlPlaneURL: s.url, Logger: log,
	})
	must(t, err)
	s.planner = planner
	clusters := cluster.New(cluster.Deps{
		Store: s.store, Fleet: link, Carrier: idle{}, Planner: planner, Signer: signer, Sealer: keys, Hub: s.hub, Clouds: []string{"local"}, Now: s.now, Logger: log,
	})
	var post *mail.Post
	if db.Letters {
		post = &mail.Post{Sealer: sealer}
	}
	s.sealer = sealer
	deps := httpapi.Deps{
		Erasure: erasure.New(erasure.Deps{
			Store: s.store, Clusters: clusters, Clouds: planner, Keys: keys, Carrier: idle{}, Hub: s.hub, Grace: 7 * 24 * time.Hour, Now: s.now, Logger: log,
		}),
		Identity:   identity.New(identity.Deps{Store: s.store, Sealer: sealer, Now: s.now, Logger: log}),
		Tenants:    tenant.New(s.store, s.now),
		SSO:        s.sso,
		Rights:     rights.New(s.store, s.now),
		APIKeys:    apikey.New(s.store, s.now),
		Clusters:   clusters,
		Peerings:   peering.New(peering.Deps{Store: s.store, Clouds: planner, Carrier: idle{}, Hub: s.hub, Now: time.Now}),
		Accounts:   cloudaccount.New(cloudaccount.Deps{Store: s.store, Cloud: s.accounts, Regions: []string{"eu-central-1"}, Now: s.now}),
		Operations: operation.NewViewer(s.store, s.engine),
		Audit:      audit.New(s.store, signer, s.now),
		Keys:       keys,
		Mail:       post,
		Fleet:      link,
		Through:    &through.Handler{Tunnel: link.Through, Verify: signer.VerifyConsole, Files: fstest.MapFS{}, Logger: log},
		JoinURL:    s.url,
		JoinFiles:  remote.NewFiles(remote.FilesConfig{ControlPlane: s.url, Program: os.Args[0]}),
		Releases:   http.NotFoundHandler(),
		Metering:   books,
		Hub:        s.hub,
		Console:    http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "console") }),
		Health:     s.store.Ping,
		Secure:     secure,
		Addresses:  ratelimit.New(ratelimit.Config{Now: s.now}),
		Callers:    ratelimit.New(ratelimit.Config{Now: s.now}),
		Closing:    closing.Done(),
		Logger:     log,
	}
	for _, change := range tune {
		change(&deps)
	}
	handler, err := httpapi.New(deps)
	must(t, err)
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// operations finds the operations of openapi.yaml, by paths.
var operations = sync.OnceValues(func() (routers.Router, error) {
	spec, err := api.GetSpec()
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(spec)
})

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// person is somebody with a session, or nobody.
type person struct {
	site   *site
	id     string
	cookie string
	bearer string // an API key, instead of a session
}

func (s *site) nobody() *person { return &person{site: s} }

// owner makes an account that owns an organization, without the work of hashing a password.
func (s *site) owner(t *testing.T, name string) *person {
	t.Helper()
	now := time.Now().Truncate(time.Microsecond)
	token := "token of " + name
	sum := sha256.Sum256([]byte(token))
	a := identity.Account{ID: "acc_" + name, Email: name + "@example.com", Name: name, CreatedAt: now}
	o := tenant.Organization{ID: "org_" + name, Name: name, CreatedAt: now, Role: authz.Owner}
	session := identity.Session{
		TokenHash: hex.EncodeToString(sum[:]), AccountID: a.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
		ProvenAt: now,
	}
	must(t, s.store.CreateAccount(t.Context(), a, "hash", o, session, audit.Entry{At: now, Organization: o.ID, Action: "test"}))
	return &person{site: s, id: a.ID, cookie: "podium_session=" + token}
}

// ready makes a READY cluster of an organization, whose operation has an execution.
func (s *site) ready(t *testing.T, organization, name string) operation.Record {
	t.Helper()
	return s.readyIn(t, "org_"+organization, organization, name)
}

// readyIn is ready for an organization whose id the test did not choose.
func (s *site) readyIn(t *testing.T, organizationID, organization, name string) operation.Record {
	t.Helper()
	return s.readyAs(t, name, organizationID, organization, name)
}

// readyAs is readyIn for a cluster whose id is not that of its name.
func (s *site) readyAs(t *testing.T, id, organizationID, organization, name string) operation.Record {
	t.Helper()
	now := time.Now().Truncate(time.Microsecond)
	r := operation.Record{
		ID: "op_" + id, OrganizationID: organizationID, Organization: organization, Kind: provisioner.CreateCluster,
		State: operation.Running, ClusterID: "clu_" + id, Cluster: name, Cloud: "local", CreatedBy: "x@example.com", CreatedAt: now,
	}
	r.Request = provisioner.Request{Kind: r.Kind, Cluster: provisioner.ClusterSpec{
		ID: r.ClusterID, Name: name, Organization: organization, Cloud: r.Cloud,
	}}
	c := cluster.Cluster{
		ID: r.ClusterID, OrganizationID: r.OrganizationID, Name: name, Cloud: "local", Status: cluster.Creating, OperationID: r.ID,
		Revision: 1, Version: 1, CreatedAt: now,
	}
	_, _, err := s.store.CreateCluster(t.Context(), c, r, cluster.Idempotency{}, audit.Entry{At: now, Organization: r.OrganizationID})
	must(t, err)
	must(t, s.control.Reserve(t.Context(), c.ID, provisioner.NodeInfo{Endpoint: "http://127.0.0.1:7200/api", Console: "http://127.0.0.1:7200"}))
	must(t, s.control.Ready(t.Context(), c.ID))
	must(t, s.engine.StartWithID(t.Context(), r.ID, &workflow.StartRequest{WorkflowDef: &workflow.Def{
		Name: "create", Version: 1, SchemaVersion: 2, TimeoutPolicy: workflow.PolicyAlertOnly,
		Tasks: []*workflow.DefTask{{Name: "make", TaskReferenceName: "node", Description: "Make it", Type: workflow.TypeSimple}},
	}}))
	return r
}

// answer is a response whose body has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// call makes a request and checks that openapi.yaml knows the answer. headers are pairs of name and value.
func (p *person) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r := p.request(t, method, path, body, headers...)
	res, err := http.DefaultTransport.RoundTrip(r) // follows no redirect
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	p.site.checkAnswer(t, r, res, text)
	return answer{res.StatusCode, res.Header, string(text)}
}

func (p *person) request(t *testing.T, method, path, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.site.url+path, strings.NewReader(body))
	must(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.cookie != "" {
		r.Header.Set("Cookie", p.cookie)
	}
	if p.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// checkAnswer compares an answer of the API with openapi.yaml.
func (s *site) checkAnswer(t *testing.T, r *http.Request, res *http.Response, body []byte) {
	t.Helper()
	routes, err := operations()
	must(t, err)
	route, params, err := routes.FindRoute(&http.Request{Method: r.Method, URL: &url.URL{Path: r.URL.Path}})
	if err != nil {
		return // not an operation
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		t.Errorf("%s %s: the answer is not as openapi.yaml says: %v", r.Method, r.URL.Path, err)
	}
}

// want fails unless the answer has the status; it returns the body decoded.
func (a answer) want(t *testing.T, status int) map[string]any {
	t.Helper()
	if a.status != status {
		t.Fatalf("answer is %d %s, want %d", a.status, a.body, status)
	}
	var m map[string]any
	if strings.HasPrefix(a.body, "{") {
		must(t, json.Unmarshal([]byte(a.body), &m))
	}
	return m
}

// wantField fails unless the answer is a problem that names exactly this field.
func (a answer) wantField(t *testing.T, status int, field string) {
	t.Helper()
	p := a.want(t, status)
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("type of the answer is %s", kind)
	}
	errs, _ := p["errors"].([]any)
	if len(errs) != 1 {
		t.Fatalf("the problem %s does not name one field", a.body)
	}
	if e, _ := errs[0].(map[string]any); e["field"] != field {
		t.Errorf("the problem names %v, want %s", e, field)
	}
}

// anyone may be changed.
func anyone([]authz.Grant) error { return nil }
