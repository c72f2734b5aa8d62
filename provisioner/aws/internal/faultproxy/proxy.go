// Package faultproxy stands between the SDK and the emulator in tests and makes chosen calls go wrong, as a network and a cloud
// do: throttled, failed, cut off, done without an answer, or answered as it was before. A seed decides, so that a run can be repeated.
package faultproxy

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Fault is what goes wrong with a call.
type Fault int

// The faults.
const (
	None      Fault = iota
	Throttled       // refused, to be tried later
	Failed          // an error of the server; nothing is done
	Hung            // no answer for longer than anybody waits, and nothing is done
	CutOff          // the connection ends before the call
	Lost            // it is done, and the connection ends before the answer
	LostLate        // it is done, and the answer is an error of the server
	Stale           // a look is answered as it was a moment ago, if anybody asked the same then
	faults          // their number
)

// Proxy is a server that passes calls on.
type Proxy struct {
	URL string

	mu     sync.Mutex
	random *rand.Rand
	share  float64
	met    map[Fault]int
	calls  int
	seen   map[string]answer // by what was asked
}

// answer is what a look was answered.
type answer struct {
	*httptest.ResponseRecorder
	at time.Time
}

// Staleness is how old an answer may be that is given again.
const Staleness = 100 * time.Millisecond

// Hang is how long a call hangs. Clients that wait less meet a time-out.
const Hang = 2 * time.Second

// Start starts a proxy before target. share of the calls go wrong.
func Start(tb testing.TB, target string, seed uint64, share float64) *Proxy {
	tb.Helper()
	to, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{random: rand.New(rand.NewPCG(seed, seed)), share: share, met: map[Fault]int{}, seen: map[string]answer{}} //nolint:gosec // a test must be repeatable
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(through, w, r) }))
	tb.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// Share changes which share of the calls go wrong.
func (p *Proxy) Share(share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.share = share
}

// Met counts the faults so far.
func (p *Proxy) Met() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.met)
}

// Kinds is the number of faults that there are.
func Kinds() int { return int(faults) - 1 }

func (p *Proxy) next() Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.random.Float64() >= p.share {
		return None
	}
	f := Fault(1 + p.random.IntN(Kinds()))
	p.met[f]++
	return f
}

func (p *Proxy) serve(through http.Handler, w http.ResponseWriter, r *http.Request) {
	asked := look(r)
	switch p.next() {
	case None:
		p.pass(through, w, r, asked, false)
	case Stale:
		p.pass(through, w, r, asked, true)
	case Throttled:
		refuse(w, r, "Throttling", http.StatusBadRequest)
	case Failed:
		refuse(w, r, "InternalFailure", http.StatusInternalServerError)
	case Hung:
		hang(r.Context())
		panic(http.ErrAbortHandler)
	case CutOff:
		panic(http.ErrAbortHandler)
	case Lost:
		through.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case LostLate:
		through.ServeHTTP(httptest.NewRecorder(), r)
		http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway)
	}
}

// look is what a call asks for, if it changes nothing; else "".
func look(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	for _, verb := range []string{"Describe", "List"} {
		if strings.HasPrefix(target, verb) || strings.Contains(string(body), "Action="+verb) {
			return r.Host + r.URL.String() + target + string(body)
		}
	}
	return ""
}

// pass answers a call, or a look as it was answered before.
func (p *Proxy) pass(through http.Handler, w http.ResponseWriter, r *http.Request, asked string, stale bool) {
	if asked == "" {
		through.ServeHTTP(w, r)
		return
	}
	p.mu.Lock()
	a, known := p.seen[asked]
	p.mu.Unlock()
	if !stale || !known || time.Since(a.at) > Staleness {
		a = answer{httptest.NewRecorder(), time.Now()}
		through.ServeHTTP(a, r)
		p.mu.Lock()
		p.seen[asked] = a
		p.mu.Unlock()
	}
	maps.Copy(w.Header(), a.Header())
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.Body.Bytes()) // the client may be gone
}

func hang(ctx context.Context) {
	t := time.NewTimer(Hang)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// refuse answers with an error in the manner of the service that was called.
func refuse(w http.ResponseWriter, r *http.Request, code string, status int) {
	s3 := strings.Contains(r.Header.Get("Authorization"), "/s3/")
	if s3 && code == "Throttling" {
		code, status = "SlowDown", http.StatusServiceUnavailable
	}
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	body := "<ErrorResponse><Error><Code>" + code + "</Code><Message>injected</Message></Error><RequestID>0</RequestID></ErrorResponse>"
	switch {
	case strings.Contains(r.Header.Get("Content-Type"), "json"):
		body = `{"__type":"` + code + `","message":"injected"}`
	case strings.Contains(r.Header.Get("Authorization"), "/ec2/"):
		body = "<Response><Errors><Error><Code>" + code + "</Code><Message>injected</Message></Error></Errors><RequestID>0</RequestID></Response>"
	case s3:
		body = "<Error><Code>" + code + "</Code><Message>injected</Message></Error>"
	}
	_, _ = w.Write([]byte(body)) // the client may be gone
}
