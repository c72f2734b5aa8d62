package access

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// TooManyCalls refuses a call of an access key whose calls of this second are used up.
type TooManyCalls struct {
	Wait time.Duration // until the next one is let through
}

// Error implements error.
func (e *TooManyCalls) Error() string {
	return fmt.Sprintf("Too many calls with this access key; the next one is let through in %s.", e.Wait.Round(time.Millisecond))
}

// budgets are the calls of access keys, by id. They outlive every change of what is trusted.
type budgets struct {
	perSecond int // 0: any number
	m         sync.Map
}

// of returns the budget of a key, nil where calls are not limited.
func (b *budgets) of(key string) *budget {
	if b.perSecond == 0 {
		return nil
	}
	v, _ := b.m.LoadOrStore(key, &budget{rate.NewLimiter(rate.Limit(b.perSecond), b.perSecond)})
	return v.(*budget) //nolint:forcetypeassert // nothing else is stored
}

// budget is the calls of one access key. Those of a second may come at once.
type budget struct{ calls *rate.Limiter }

func (b *budget) take(now time.Time) error {
	next := b.calls.ReserveN(now, 1)
	wait := next.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	next.CancelAt(now) // a refused call does not push the next one out
	return &TooManyCalls{wait}
}
