package httpapi

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/podium-cloud/podium/controlplane/internal/problem"
	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
)

// extractor says where a call comes from. What a header says of that is believed from proxies of the operator only.
func extractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		mask := net.CIDRMask(p.Bits(), p.Addr().BitLen())
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: mask}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// limit bounds the calls from one address, before anything else is asked of the store.
func (s *server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/fleet/") {
			if wait := s.Addresses.Take(c.Request().Context(), ratelimit.Address(c.RealIP())); wait > 0 {
				return tooMany(wait, "your address")
			}
		}
		return next(c)
	}
}

// limitCaller bounds the calls of one person, whatever session or key they use, or of one service account.
func (s *server) limitCaller(ctx context.Context, who caller) error {
	if wait := s.Callers.Take(ctx, who.account.ID); wait > 0 {
		return tooMany(wait, "you")
	}
	return nil
}

func tooMany(wait time.Duration, by string) error {
	err := problem.New(problem.TooMany, "Too many calls by %s in the last minute; come back in a moment.", by)
	err.RetryAfter = wait
	return err
}
