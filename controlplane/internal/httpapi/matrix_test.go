package httpapi_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/controlplane/internal/apikey"
	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cloudaccount"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/operation"
	"github.com/podium-cloud/podium/controlplane/internal/rights"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
	"github.com/podium-cloud/podium/controlplane/internal/tenant"
	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/provisioner/aws"
)

var update = flag.Bool("update", false, "rewrite testdata/rights.txt")

// bodies are good requests for the operations that need one. %s is another name for each caller.
var bodies = map[string]string{
	"POST /signup":                                                          `{"email":"%s@example.com","password":"correct horse 9","name":"New","organization":"%s"}`,
	"POST /login":                                                           `{"email":"%s@example.com","password":"correct horse 9"}`,
	"POST /organizations/{org}/deletion":                                    `{"name":"acme"}`,
	"PUT /organizations/{org}":                                              `{"name":"acme"}`,
	"POST /organizations":                                                   `{"name":"%s"}`,
	"POST /organizations/{org}/members":                                     `{"email":"eve@example.com","role":"billing"}`,
	"PUT /organizations/{org}/members/{member}":                             `{"role":"member"}`,
	"POST /organizations/{org}/clusters":                                    `{"name":"%s"}`,
	"PUT /organizations/{org}/clusters/{cluster}/project":                   `{"project":"shop"}`,
	"POST /organizations/{org}/clusters/{cluster}/access-keys":              `{"name":"workers"}`,
	"PATCH /organizations/{org}/clusters/{cluster}/access-keys/{key}":       `{"paused":true}`,
	"POST /organizations/{org}/clusters/{cluster}/access-keys/{key}/rotate": `{}`,
	"POST /organizations/{org}/groups":                                      `{"name":"%s"}`,
	"PUT /organizations/{org}/groups/{group}":                               `{"name":"Night shift","providerGroups":["%s"]}`,
	"POST /organizations/{org}/roles":                                       `{"name":"%s","permissions":["cluster.read"]}`,
	"PUT /organizations/{org}/roles/{role}":                                 `{"name":"Watcher","description":"%s","permissions":["cluster.read"]}`,
	"POST /organizations/{org}/cloud-accounts":                              `{"name":"%s","number":"123456789012","region":"eu-central-1"}`,
	"POST /organizations/{org}/projects":                                    `{"name":"%s"}`,
	"PUT /organizations/{org}/projects/{project}":                           `{"name":"shop"}`,
	"POST /organizations/{org}/grants":                                      `{"principalKind":"user","principal":"acc_member","role":"cluster-viewer","cluster":"first"}`,
	"PUT /organizations/{org}/quotas":                                       `{"quotas":[{"metric":"tasks","soft":5}]}`,
	"POST /me/api-keys":                                                     `{"name":"mine","organization":"acme"}`,
	"PATCH /me/api-keys/{key}":                                              `{"paused":true}`,
	"POST /me/api-keys/{key}/rotate":                                        `{}`,
	"PATCH /organizations/{org}/api-keys/{key}":                             `{"paused":false}`,
	"POST /organizations/{org}/api-keys/{key}/rotate":                       `{}`,
	"POST /organizations/{org}/service-accounts":                            `{"name":"%s","role":"billing"}`,
	"PUT /organizations/{org}/service-accounts/{account}":                   `{"name":"night","role":"member"}`,
	"POST /organizations/{org}/service-accounts/{account}/api-keys":         `{"name":"deployments"}`,
	"POST /me/second-factor/confirmation":                                   `{"code":"123456"}`,
	"PUT /organizations/{org}/rules":                                        `{"secondFactorRequired":false}`,
	"POST /sso/discover":                                                    `{"email":"ada@example.com"}`,
	"POST /sso/start":                                                       `{"provider":"idp_1"}`,
	"POST /organizations/{org}/invitations":                                 `{"email":"%s@example.com","role":"billing"}`,
	"POST /invitations/view":                                                `{"token":"x"}`,
	"POST /invitations/accept":                                              `{"token":"x"}`,
	"POST /invitations/join":                                                `{"token":"x","name":"New","password":"correct horse 9"}`,
	"PUT /organizations/{org}/single-sign-on":                               `{"required":false}`,
	"POST /organizations/{org}/identity-providers":                          `{"name":"%s","issuer":"https://127.0.0.1:9","clientId":"podium"}`,
	"PUT /organizations/{org}/identity-providers/{provider}":                `{"name":"Login","issuer":"https://127.0.0.1:9","clientId":"podium"}`,
	"PUT /organizations/{org}/identity-providers/{provider}/state":          `{"state":"TEST"}`,
	"POST /organizations/{org}/domains":                                     `{"name":"example.org"}`,
	"POST /organizations/{org}/cluster-preview":                             `{"name":"%s"}`,
	"PUT /organizations/{org}/clusters/{cluster}/settings":                  `{"protected":true,"backupEveryHours":24,"backupKeep":7}`,
	"POST /organizations/{org}/clusters/{cluster}/operations":               `{"kind":"pause-cluster"}`,
	"POST /organizations/{org}/clusters/{cluster}/operations/preview":       `{"kind":"pause-cluster"}`,
	"POST /organizations/{org}/clusters/{cluster}/nodes/{node}/commands":    `{"kind":"collect-diagnostics"}`,
	"POST /organizations/{org}/clusters/{cluster}/backups/{backup}/links":   `{}`,
	"POST /organizations/{org}/clusters/{cluster}/peerings":                 peeringBody,
	"POST /organizations/{org}/clusters/{cluster}/peerings/check":           peeringBody,
}

// callers are the columns, from those who may least: nobody, the owner of another organization, members of acme by their
// roles, of whom a guest has the role billing, and in the cluster alone the role cluster-operator. Then programs: an API key of
// acme's owner that was made for operating the cluster alone, and one of a service account that is an admin, which was made for
// dangerous acts.
var callers = []string{"anonymous", "stranger", "billing", "guest", "auditor", "custom", "member", "admin", "owner", "key", "service"}

// TestRights calls every operation of openapi.yaml as everybody and compares the answers with testdata/rights.txt. It covers
// S-50 and S-51.
func TestRights(t *testing.T) {
	spec, err := api.GetSpec()
	must(t, err)
	var operations []string
	for path, item := range spec.Paths.Map() {
		for method := range item.Operations() {
			operations = append(operations, method+" "+path)
		}
	}
	slices.SortFunc(operations, func(a, b string) int {
		return strings.Compare(strings.SplitN(a, " ", 2)[1]+a, strings.SplitN(b, " ", 2)[1]+b)
	})
	var got bytes.Buffer
	fmt.Fprintf(&got, "%-76s", "operation")
	for _, name := range callers {
		fmt.Fprintf(&got, " %9s", name)
	}
	got.WriteByte('\n')
	reading := newTown(t) // nothing changes by reading
	rows := make([]string, len(operations))
	t.Run("operations", func(t *testing.T) { // ends when all have
		for i, operation := range operations {
			t.Run(operation, func(t *testing.T) {
				at := reading
				if !strings.HasPrefix(operation, "GET ") {
					t.Parallel()
					at = newTown(t)
				}
				rows[i] = fmt.Sprintf("%-76s%s\n", operation, at.statuses(t, operation))
			})
		}
	})
	got.WriteString(strings.Join(rows, ""))
	const file = "testdata/rights.txt"
	if *update {
		must(t, os.WriteFile(file, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("rights are\n%s\nwant\n%s\n(-update rewrites %s)", got.String(), want, file)
	}
}

// town is a site with an organization that has one of everything, and somebody of each kind.
type town struct {
	*site
	people    map[string]*person
	keys      map[string]string // ids of API keys
	operation operation.Record
}

func newTown(t *testing.T) *town {
	s := newConfinedSite(t)
	w := &town{site: s, keys: map[string]string{}, people: map[string]*person{"anonymous": s.nobody(), "owner": s.owner(t, "acme"), "stranger": s.owner(t, "eve")}}
	ctx, by := t.Context(), audit.Entry{Organization: "org_acme", At: s.now()}
	must(t, s.store.CreateCustomRole(ctx, rights.CustomRole{
		ID: "rol_1", OrganizationID: "org_acme", Name: "Watcher", Permissions: []authz.Permission{"organization.read", "cluster.read", "audit.read"},
	}, by))
	must(t, s.store.CreateCustomRole(ctx, rights.CustomRole{ID: "rol_2", OrganizationID: "org_acme", Name: "Unused"}, by))
	for name, role := range map[string]authz.Role{
		"billing": authz.Billing, "guest": authz.Billing, "auditor": authz.Auditor, "custom": "rol_1", "member": authz.Member, "admin": authz.Admin,
	} {
		w.people[name] = s.owner(t, name)
		_, err := s.store.SetRole(ctx, "org_acme", name+"@example.com", role, anyone, by)
		must(t, err)
	}
	w.operation = s.ready(t, "acme", "first")
	_, err := s.store.CreateAccessKey(ctx, "org_acme", cluster.AccessKey{ID: "key_1", ClusterID: w.operation.ClusterID, Role: fleetapi.ClusterWorker}, by)
	must(t, err)
	must(t, s.store.CreateProject(ctx, rights.Project{ID: "prj_shop", OrganizationID: "org_acme", Name: "shop"}, by))
	must(t, s.store.CreateGroup(ctx, rights.Group{ID: "grp_1", OrganizationID: "org_acme", Name: "Night shift", ProviderGroups: []string{}}, by))
	_, err = s.store.CreateGrant(ctx, rights.Grant{
		ID: "gra_1", OrganizationID: "org_acme", Principal: authz.Principal{Kind: authz.User, ID: "acc_guest"}, Role: authz.ClusterOperator,
		Place: rights.Place{ClusterID: w.operation.ClusterID},
	}, by)
	must(t, err)
	must(t, s.store.CreateProvider(ctx, sso.Provider{
		OrganizationID: "org_acme", ID: "idp_1", Name: "Login", State: sso.Draft, Issuer: "https://127.0.0.1:9", ClientID: "podium",
		Scopes: []string{"openid"}, Claims: sso.ClaimNames{Email: "email", Name: "name", Groups: "groups"}, Version: 1,
	}, by))
	_, err = s.store.AddDomain(ctx, sso.Domain{OrganizationID: "org_acme", Name: "example.com"}, by)
	must(t, err)
	must(t, s.store.CreateCloudAccount(ctx, cloudaccount.Account{
		Account:        aws.Account{Number: "123456789012", Region: "eu-central-1", Role: "arn:aws:iam::123456789012:role/podium-access/acct_1", ExternalID: "x"},
		OrganizationID: "org_acme", ID: "acct_1", Name: "theirs", State: cloudaccount.Declared,
	}, by))
	w.programs(t, by)
	return w
}

// programs makes service accounts and API keys.
func (w *town) programs(t *testing.T, by audit.Entry) {
	t.Helper()
	keys, acme := apikey.New(w.store, w.now), tenant.Organization{ID: "org_acme", Name: "acme"}
	for id, name := range map[string]string{"sva_1": "night", "sva_2": "admin"} {
		_, err := w.store.CreateServiceAccount(t.Context(), apikey.ServiceAccount{OrganizationID: acme.ID, ID: id, Name: name, Role: authz.Role(strings.Replace(name, "night", "member", 1))}, by)
		must(t, err)
	}
	for name, in := range map[string]apikey.Input{
		"key": {
			Owner: authz.Principal{Kind: authz.User, ID: "acc_acme"}, Name: "operating",
			Limit: apikey.Limit{Role: authz.ClusterOperator, ClusterID: w.operation.ClusterID},
		},
		"service": {Owner: authz.Principal{Kind: authz.ServiceAccount, ID: "sva_2"}, Name: "everything", Dangerous: true},
		"spare":   {Owner: authz.Principal{Kind: authz.ServiceAccount, ID: "sva_1"}, Name: "deployments"},
	} {
		k, token, err := keys.NewKey(t.Context(), audit.Actor{}, anyone, acme, in)
		must(t, err)
		w.people[name] = &person{site: w.site, id: in.Owner.ID, bearer: token}
		w.keys[name] = k.ID
	}
}

// statuses calls one operation as everybody.
func (w *town) statuses(t *testing.T, operation string) string {
	method, path, _ := strings.Cut(operation, " ")
	role := "rol_1"
	if method == http.MethodDelete {
		role = "rol_2"
	}
	if strings.Contains(path, "/api-keys/") {
		path = strings.ReplaceAll(path, "{key}", w.keys["spare"])
	}
	path = strings.Replace(path, "/cloud-accounts/{account}", "/cloud-accounts/acct_1", 1)
	path = httpapi.BasePath + strings.NewReplacer("{account}", "sva_1", "{org}", "acme", "{cluster}", "first", "{operation}", w.operation.ID, "{key}", "key_1",
		"{member}", "acc_member", "{provider}", "idp_1", "{domain}", "example.com", "{session}", "none", "{invitation}", "none",
		"{group}", "grp_1", "{role}", role, "{project}", "shop", "{grant}", "gra_1", "{peering}", "none", "{backup}", "none", "{node}", "none", "{token}", "none").Replace(path)
	var line strings.Builder
	for _, name := range callers {
		body := strings.ReplaceAll(bodies[operation], "%s", "new-"+name)
		fmt.Fprintf(&line, " %9d", w.people[name].status(t, method, path, body))
	}
	return line.String()
}

// status returns the status of an answer, without waiting for the end of a stream.
func (p *person) status(t *testing.T, method, path, body string) int {
	t.Helper()
	if !strings.HasSuffix(path, "/events") {
		return p.call(t, method, path, body).status
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	res, err := http.DefaultClient.Do(p.request(t, method, path, body).WithContext(ctx))
	must(t, err)
	defer res.Body.Close()
	return res.StatusCode
}
