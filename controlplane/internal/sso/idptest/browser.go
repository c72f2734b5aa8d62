package idptest

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Browser keeps cookies, follows redirects and fills in the forms of providers.
type Browser struct {
	client *http.Client
}

// NewBrowser returns one without cookies.
func NewBrowser(t *testing.T) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &Browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is what a provider answers.
type page struct {
	at     *url.URL
	to     *url.URL // nil: it leads nowhere
	status int
	text   string
}

// get sends a request with the browser's cookies and keeps those of the answer. It follows no redirect.
func (b *Browser) get(t *testing.T, r *http.Request) page {
	t.Helper()
	res, err := b.client.Do(r)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	p := page{at: res.Request.URL, status: res.StatusCode, text: string(text)}
	if to, err := res.Location(); err == nil {
		p.to = to
	}
	return p
}

// SignIn goes to an address of a provider as somebody, through its forms, up to where it leads that begins with end; that is
// returned and not asked for.
func (b *Browser) SignIn(t *testing.T, address, login, end string) string {
	t.Helper()
	return b.walk(t, address, url.Values{"login": {login}, "username": {login}, "password": {Password}}, end)
}

// SignOut is as SignIn for an address to sign out at.
func (b *Browser) SignOut(t *testing.T, address, end string) string {
	t.Helper()
	return b.walk(t, address, url.Values{"logout": {"yes"}}, end)
}

func (b *Browser) walk(t *testing.T, address string, known url.Values, end string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	must(t, err)
	for range 20 {
		p := b.get(t, r)
		if p.to != nil {
			if strings.HasPrefix(p.to.String(), end) {
				return p.to.String()
			}
			r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, p.to.String(), nil)
			must(t, err)
			continue
		}
		if r = submit(t, p, known); r == nil {
			t.Fatalf("the provider's page %s leads nowhere: %d\n%s", p.at, p.status, p.text)
		}
	}
	t.Fatalf("%s leads to nothing that begins with %s", address, end)
	return ""
}

var (
	formPattern  = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	inputPattern = regexp.MustCompile(`<(?:input|button)([^>]*)>`)
)

// submit fills in the first form of a page; nil: there is none.
func submit(t *testing.T, p page, known url.Values) *http.Request {
	t.Helper()
	form := formPattern.FindStringSubmatch(p.text)
	if form == nil {
		return nil
	}
	fields := url.Values{}
	for _, input := range inputPattern.FindAllStringSubmatch(p.text, -1) {
		name := attribute(input[1], "name")
		if name == "" {
			continue
		}
		value := attribute(input[1], "value")
		if known.Has(name) {
			value = known.Get(name)
		}
		fields.Set(name, value)
	}
	to, err := p.at.Parse(attribute(form[1], "action"))
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.String(), strings.NewReader(fields.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func attribute(tag, name string) string {
	found := regexp.MustCompile(`\b` + name + `\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1] + found[2] + found[3])
}
