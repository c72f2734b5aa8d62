package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// usage books a report; with lose it breaks off instead of answering.
func (p *controlPlane) usage(w http.ResponseWriter, r *http.Request) {
	var req fleetapi.UsageReport
	_ = json.NewDecoder(r.Body).Decode(&req)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.tokens[r.Header.Get("Authorization")[len("Bearer "):]] {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	for _, u := range req.Days {
		p.books[u.Epoch+u.Day] = u
	}
	if p.lose {
		panic(http.ErrAbortHandler)
	}
	var res fleetapi.UsageResponse
	for _, u := range req.Days {
		if p.today != "" && u.Day > p.today {
			res.Early = append(res.Early, u)
			delete(p.books, u.Epoch+u.Day)
		}
	}
	_ = json.NewEncoder(w).Encode(res)
}

func (p *controlPlane) booked() (sum int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.books {
		sum += u.Executions
	}
	return sum
}

// counter is what a node has counted.
type counter struct {
	mu   sync.Mutex
	rows []fleetapi.Usage
}

func (c *counter) set(i int, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.rows) <= i {
		c.rows = append(c.rows, fleetapi.Usage{Epoch: fmt.Sprint("e", len(c.rows)), Day: "2026-05-17"})
	}
	c.rows[i].Executions = n
}

func (c *counter) read(context.Context) ([]fleetapi.Usage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]fleetapi.Usage(nil), c.rows...), nil
}

func TestMeter_ReportsAtOnceAndWhenItStops(t *testing.T) {
	p, c := newControlPlane(t), &counter{}
	c.set(0, 5)
	n := p.open(t, t.TempDir(), nil)
	n.c.Usage = c.read
	n.start(t)
	next(t, p.syncs)
	for p.booked() != 5 {
		if t.Context().Err() != nil {
			t.Fatal("not reported")
		}
	}
	c.set(0, 7)
	n.stop()
	if got := p.booked(); got != 7 {
		t.Errorf("%d are booked, want 7", got)
	}
}

func TestMeter_RepeatsWhatWasNotAnswered(t *testing.T) {
	p, c := newControlPlane(t), &counter{}
	for i := range fleetapi.MaxUsageDays + 10 { // more than one report
		c.set(i, 1)
	}
	n := p.open(t, t.TempDir(), nil)
	n.c.Usage = c.read
	booked := map[usageKey]fleetapi.Usage{}
	if err := n.report(t.Context(), booked); err == nil {
		t.Error("reported without being registered")
	}
	if err := n.runOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.change(func() { p.lose = true })
	if err := n.report(t.Context(), booked); err == nil || len(booked) != 0 {
		t.Errorf("a lost answer counts as one: %v, %d", err, len(booked))
	}
	p.change(func() { p.lose = false })
	if err := n.report(t.Context(), booked); err != nil {
		t.Fatal(err)
	}
	if got := p.booked(); got != int64(len(c.rows)) {
		t.Errorf("%d are booked, want %d", got, len(c.rows))
	}
	p.change(func() { clear(p.books) })
	c.set(3, 9)
	if err := n.report(t.Context(), booked); err != nil || len(p.books) != 1 {
		t.Errorf("%v; %d rows were sent, want the one that has changed", err, len(p.books))
	}
}

// What was counted while the clock was ahead is reported until its day has come, and holds nothing else up.
func TestMeter_RepeatsWhatIsEarly(t *testing.T) {
	p, c := newControlPlane(t), &counter{}
	p.today = "2026-05-16" // the rows are of the day after
	c.set(0, 5)
	c.rows[0].Day = "2026-05-16"
	c.set(1, 7)
	n := p.open(t, t.TempDir(), nil)
	n.c.Usage = c.read
	if err := n.runOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	booked := map[usageKey]fleetapi.Usage{}
	if err := n.report(t.Context(), booked); err != nil || p.booked() != 5 {
		t.Errorf("the day before: %v; %d are booked, want 5", err, p.booked())
	}
	p.change(func() { p.today = "2026-05-17" })
	if err := n.report(t.Context(), booked); err != nil || p.booked() != 12 {
		t.Errorf("on its day: %v; %d are booked, want 12", err, p.booked())
	}
}
