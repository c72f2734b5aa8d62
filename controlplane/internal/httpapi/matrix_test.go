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

	"github.com/podium-cloud/podium/controlplane/internal/audit"
	"github.com/podium-cloud/podium/controlplane/internal/authz"
	"github.com/podium-cloud/podium/controlplane/internal/cluster"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi"
	"github.com/podium-cloud/podium/controlplane/internal/httpapi/api"
	"github.com/podium-cloud/podium/controlplane/internal/sso"
)

var update = flag.Bool("update", false, "rewrite testdata/rights.txt")

// bodies are good requests for the operations that need one.
var bodies = map[string]string{
	"POST /signup":                       `{"email":"new@example.com","password":"correct horse 9","name":"New","organization":"new"}`,
	"POST /login":                        `{"email":"new@example.com","password":"correct horse 9"}`,
	"POST /organizations":                `{"name":"%s"}`,
	"POST /organizations/{org}/members":  `{"email":"eve@example.com","role":"member"}`,
	"POST /organizations/{org}/clusters": `{"name":"second"}`,
	"POST /organizations/{org}/clusters/{cluster}/access-keys":     `{"name":"workers"}`,
	"PUT /organizations/{org}/quotas":                              `{"quotas":[{"metric":"tasks","soft":5}]}`,
	"POST /sso/discover":                                           `{"email":"ada@example.com"}`,
	"POST /sso/start":                                              `{"provider":"idp_1"}`,
	"POST /organizations/{org}/invitations":                        `{"email":"new@example.com","role":"member"}`,
	"POST /invitations/view":                                       `{"token":"x"}`,
	"POST /invitations/accept":                                     `{"token":"x"}`,
	"POST /invitations/join":                                       `{"token":"x","name":"New","password":"correct horse 9"}`,
	"PUT /organizations/{org}/single-sign-on":                      `{"required":false}`,
	"POST /organizations/{org}/identity-providers":                 `{"name":"Other","issuer":"https://127.0.0.1:9","clientId":"podium"}`,
	"PUT /organizations/{org}/identity-providers/{provider}":       `{"name":"Login","issuer":"https://127.0.0.1:9","clientId":"podium"}`,
	"PUT /organizations/{org}/identity-providers/{provider}/state": `{"state":"TEST"}`,
	"POST /organizations/{org}/domains":                            `{"name":"example.org"}`,
}

// TestRights calls every operation of openapi.yaml as everybody and compares the answers with testdata/rights.txt.
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
	fmt.Fprintf(&got, "%-76s %9s %8s %6s %5s\n", "operation", "anonymous", "stranger", "member", "owner")
	for _, operation := range operations {
		t.Run(operation, func(t *testing.T) {
			fmt.Fprintf(&got, "%-76s %s\n", operation, rights(t, operation))
		})
	}
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

// rights calls one operation on a cluster of acme's as nobody, as the owner of another organization, as a member and as an
// owner of acme.
func rights(t *testing.T, operation string) string {
	s := newConfinedSite(t)
	owner, member, stranger := s.owner(t, "acme"), s.owner(t, "mate"), s.owner(t, "eve")
	_, err := s.store.SetRole(t.Context(), "org_acme", "mate@example.com", authz.Member, anyone, audit.Entry{Organization: "org_acme"})
	must(t, err)
	r := s.ready(t, "acme", "first")
	_, err = s.store.CreateAccessKey(t.Context(), "org_acme", cluster.AccessKey{ID: "key_1", ClusterID: r.ClusterID}, audit.Entry{Organization: "org_acme"})
	must(t, err)

	must(t, s.store.CreateProvider(t.Context(), sso.Provider{
		OrganizationID: "org_acme", ID: "idp_1", Name: "Login", State: sso.Draft, Issuer: "https://127.0.0.1:9", ClientID: "podium",
		Scopes: []string{"openid"}, Claims: sso.ClaimNames{Email: "email", Name: "name", Groups: "groups"}, Version: 1,
	}, audit.Entry{Organization: "org_acme"}))
	_, err = s.store.AddDomain(t.Context(), sso.Domain{OrganizationID: "org_acme", Name: "example.com"}, audit.Entry{Organization: "org_acme"})
	must(t, err)

	method, path, _ := strings.Cut(operation, " ")
	path = httpapi.BasePath + strings.NewReplacer("{org}", "acme", "{cluster}", "first", "{operation}", r.ID, "{key}", "key_1",
		"{member}", "acc_mate", "{provider}", "idp_1", "{domain}", "example.com", "{session}", "none", "{invitation}", "none").Replace(path)
	var line strings.Builder
	for i, who := range []*person{s.nobody(), stranger, member, owner} {
		body := bodies[operation]
		if strings.Contains(body, "%s") {
			body = fmt.Sprintf(body, "new"+string(rune('a'+i)))
		}
		fmt.Fprintf(&line, " %*d", []int{8, 8, 6, 5}[i], who.status(t, method, path, body))
	}
	return line.String()
}

// status returns the status of an answer, without waiting for the end of a stream.
func (p *person) status(t *testing.T, method, path, body string) int {
	t.Helper()
	if !strings.HasSuffix(path, "/events") {
		return p.call(t, method, path, body).status
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	res, err := http.DefaultClient.Do(p.request(t, method, path, body).WithContext(ctx))
	must(t, err)
	defer res.Body.Close()
	return res.StatusCode
}
