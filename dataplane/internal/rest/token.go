package rest

import (
	"errors"
	"math"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/workflow"
)

// accessKey is what is exchanged for a token.
type accessKey struct {
	KeyID     string `json:"keyId"`
	KeySecret string `json:"keySecret"`
}

type tokenAnswer struct {
	Token string `json:"token"`
}

// exchangeKey answers an access key with a token. A cluster without authentication answers 404: SDKs then go on
// without a token.
func (h *Handler) exchangeKey(c echo.Context) error {
	if !h.gate.Required() {
		return workflow.Errorf(workflow.NotFound, "This cluster needs no token.")
	}
	if ok, err := h.logins.Allow(addressOf(c.Request())); err != nil {
		return err
	} else if !ok {
		c.Response().Header().Set("Retry-After", "1")
		return workflow.Errorf(workflow.Busy, "Too many token requests from this address; try again in a second.")
	}
	var req accessKey
	if err := decode(c, &req); err != nil {
		return err
	}
	token, err := h.gate.Exchange(req.KeyID, req.KeySecret)
	if errors.Is(err, access.ErrInvalid) {
		h.log.InfoContext(c.Request().Context(), "access key refused", "address", addressOf(c.Request()))
		h.writeError(c.Response(), errorBody{
			Status: http.StatusUnauthorized, Error: "INVALID_TOKEN", Message: "Access key id or secret is not valid.",
		})
		return nil
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return writeJSON(c, tokenAnswer{token})
}

// refuse answers a call whose token is missing or not good, or whose access key has made too many. The words in error make SDKs renew the token.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if workflow.KindOf(err) == workflow.Denied {
		h.writeError(w, errorBody{Status: http.StatusForbidden, Message: err.Error()})
		return
	}
	if e, ok := errors.AsType[*access.TooManyCalls](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.Wait.Seconds()))))
		h.writeError(w, errorBody{Status: http.StatusTooManyRequests, Message: e.Error(), Retryable: true})
		return
	}
	body := errorBody{Status: http.StatusUnauthorized, Error: "INVALID_TOKEN", Message: "The token is not valid for this cluster."}
	switch {
	case errors.Is(err, access.ErrExpired):
		body.Error, body.Message = "EXPIRED_TOKEN", "The token has expired."
	case access.Token(r.Header) == "":
		body.Message = "A token is needed: exchange an access key at POST /api/token and send it as X-Authorization."
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	h.writeError(w, body)
}

// addressOf is who a request comes from, for limits: the address, of IPv6 its /64. Headers of proxies are not
// believed, as anyone can send them.
func addressOf(r *http.Request) string {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
