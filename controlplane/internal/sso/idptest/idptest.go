// Package idptest starts real OpenID Connect providers for tests, on free ports of loopback, and a browser that fills in
// their forms. They have different habits:
//
//   - [Panva] is oidc-provider on Node: claims from the userinfo endpoint only, the issuer in its answers, consent, sid,
//     back-channel logout, a form that confirms signing out.
//   - [Zitadel] is the provider of github.com/zitadel/oidc in this process: claims in the ID token, no issuer in its answers,
//     no sid, no back-channel logout, signs out by a redirect, and its keys can be rotated.
package idptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Claims are what a provider says of somebody: email, email_verified, name, groups.
type Claims map[string]any

// Registration is what a provider is told of Podium.
type Registration struct {
	RedirectURI    string
	PostLogoutURI  string
	BackchannelURI string // empty: none
}

// Provider is a running provider.
type Provider interface {
	Issuer() string
	// Register tells the provider of a client, or changes what it was told, and returns the client's id and secret.
	Register(t *testing.T, r Registration) (id, secret string)
	// SetAccount makes an account, whose password is [Password], or changes what is said of it.
	SetAccount(t *testing.T, login string, c Claims)
}

// Password is the one of every account.
const Password = "very secure"

// panva is oidc-provider.
type panva struct {
	issuer     string
	mu         sync.Mutex
	id, secret string
	manage     string // token that may change the client
}

// Panva starts oidc-provider, which is among the web's modules.
func Panva(t *testing.T) Provider {
	t.Helper()
	gomod, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	must(t, err)
	web := filepath.Join(filepath.Dir(string(gomod)), "web")
	ctx, stop := context.WithCancel(context.Background()) // not the test's, which ends before its cleanups
	run := exec.CommandContext(ctx, "node", filepath.Join(web, "e2e/identity-provider.mjs"))
	in, err := run.StdinPipe()
	must(t, err)
	out, err := run.StdoutPipe()
	must(t, err)
	var errs bytes.Buffer
	run.Stderr = &errs
	if err := run.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends by itself
		_ = run.Wait()
		stop()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	var said struct{ Issuer string }
	if err != nil || json.Unmarshal([]byte(line), &said) != nil {
		_ = in.Close()
		t.Fatalf("oidc-provider did not start; are the web's modules there (npm --prefix web ci)?\n%s%s", line, &errs)
	}
	return &panva{issuer: said.Issuer}
}

func (p *panva) Issuer() string { return p.issuer }

func (p *panva) Register(t *testing.T, r Registration) (id, secret string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	client := map[string]any{
		"redirect_uris": []string{r.RedirectURI}, "post_logout_redirect_uris": []string{r.PostLogoutURI},
		"token_endpoint_auth_method": "client_secret_basic",
	}
	if r.BackchannelURI != "" {
		client["backchannel_logout_uri"], client["backchannel_logout_session_required"] = r.BackchannelURI, true
	}
	method, path := http.MethodPost, "/reg"
	if p.id != "" {
		method, path = http.MethodPut, "/reg/"+p.id
		client["client_id"], client["client_secret"] = p.id, p.secret
	}
	var answer struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
		Manage string `json:"registration_access_token"`
	}
	p.send(t, method, path, client, &answer)
	p.id, p.secret = answer.ID, answer.Secret
	if answer.Manage != "" {
		p.manage = answer.Manage
	}
	return p.id, p.secret
}

func (p *panva) SetAccount(t *testing.T, login string, c Claims) {
	t.Helper()
	p.send(t, http.MethodPut, "/test/accounts/"+url.PathEscape(login), c, nil)
}

// SetAhead moves its clock.
func (p *panva) SetAhead(t *testing.T, by time.Duration) {
	t.Helper()
	p.send(t, http.MethodPut, "/test/clock", by.Seconds(), nil)
}

func (p *panva) send(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, p.issuer+path, bytes.NewReader(text))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	if p.manage != "" {
		r.Header.Set("Authorization", "Bearer "+p.manage)
	}
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, said)
	}
	if answer != nil {
		if err := json.Unmarshal(said, answer); err != nil {
			t.Fatal(fmt.Errorf("%s %s: %w", method, path, err))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
