package rest

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// origins decides which pages may call the API: those that this server serves itself, and those of the listed
// origins. Calls that change something are refused to all others even where no token is needed, so that a page on the
// web cannot drive a server on the visitor's own machine.
type origins struct {
	local   bool // the server is for this machine alone and asks for no token
	allowed atomic.Pointer[allowedOrigins]
}

type allowedOrigins struct {
	list  []string
	cross *http.CrossOriginProtection
}

// allow replaces the list. An origin that is none allows nothing.
func (o *origins) allow(list []string) {
	a := &allowedOrigins{cross: http.NewCrossOriginProtection()}
	for _, origin := range list {
		if origin != "" && a.cross.AddTrustedOrigin(origin) == nil {
			a.list = append(a.list, origin)
		}
	}
	o.allowed.Store(a)
}

// errForeignName says that a page calls a local server by a name that leads here today and may have led elsewhere when
// the page was loaded.
var errForeignName = errors.New("this server answers pages of localhost only")

// check refuses a change asked for by a page of a foreign origin.
func (o *origins) check(r *http.Request) error {
	a := o.allowed.Load()
	if err := a.cross.Check(r); err != nil {
		return err
	}
	origin := r.Header.Get("Origin")
	if !o.local || origin == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || slices.Contains(a.list, origin) {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil {
		return errForeignName
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && !strings.EqualFold(u.Hostname(), "localhost") {
		return errForeignName
	}
	return nil
}

// preflight adds the CORS headers for a listed origin, and answers the browser's question before the call.
func (o *origins) preflight(w http.ResponseWriter, r *http.Request) (answered bool) {
	a := o.allowed.Load()
	if len(a.list) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(a.list, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization, X-Authorization")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
