package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// lastReport is how long the report of a node that stops may take.
const lastReport = 3 * time.Second

// usageKey names a row of usage.
type usageKey struct{ epoch, day string }

// meter reports usage at once, from time to time until ctx ends, and then once more. What was not answered is reported again.
func (l *Link) meter(ctx context.Context) {
	booked := map[usageKey]fleetapi.Usage{}
	failures := 0
	for {
		err := l.report(ctx, booked)
		pause := fleetapi.UsageEvery
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, errUnregistered):
			pause = l.delay(1)
		case err != nil:
			if failures++; failures == 1 {
				l.log.WarnContext(ctx, "usage could not be reported; it is kept, and reported later", "error", err)
			}
			pause = min(l.delay(failures), fleetapi.UsageEvery)
		default:
			failures = 0
		}
		wait(ctx, pause)
		if ctx.Err() == nil {
			continue
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastReport)
		defer cancel()
		if err := l.report(last, booked); err != nil {
			l.log.WarnContext(last, "the last usage is reported when this node runs again", "error", err)
		}
		return
	}
}

var errUnregistered = errors.New("not registered yet")

// report sends the rows that are not as they were booked, in pieces; one that is empty shows that there is nothing new.
func (l *Link) report(ctx context.Context, booked map[usageKey]fleetapi.Usage) error {
	token := l.token()
	if token == "" {
		return errUnregistered
	}
	rows, err := l.c.Usage(ctx)
	if err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	var news []fleetapi.Usage
	for _, u := range rows {
		if booked[usageKey{u.Epoch, u.Day}] != u {
			news = append(news, u)
		}
	}
	for {
		piece := news[:min(len(news), fleetapi.MaxUsageDays)]
		var res fleetapi.UsageResponse
		err := l.call(ctx, fleetapi.UsagePath, token, callTimeout, fleetapi.UsageReport{
			ClusterID: l.c.ClusterID, NodeID: l.nodeID, Days: piece,
		}, &res)
		if err != nil {
			return fmt.Errorf("report usage: %w", err)
		}
		for _, u := range piece {
			if !slices.Contains(res.Early, u) {
				booked[usageKey{u.Epoch, u.Day}] = u
			}
		}
		if news = news[len(piece):]; len(news) == 0 {
			return nil
		}
	}
}
