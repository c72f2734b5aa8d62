package fleet

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Config makes a Link.
type Config struct {
	Address   string                                // of the control plane, e.g. https://podium.example
	ClusterID string                                // whose node this is
	JoinToken func() (string, error)                // read when the node registers
	Memory    Memory                                // of what the link must remember; nil: it remembers nothing
	NodeName  string                                // among the nodes of the cluster; "": it has none
	Endpoint  string                                // API root as workers reach it
	Version   string                                // of this software
	Apply     func(fleetapi.Config) error           // puts a configuration into force; an error says what of it was left out
	Health    func(context.Context) fleetapi.Health // how the node is
	HTTP      *http.Client                          // nil: a client of its own
	Roots     *x509.CertPool                        // whom the control plane's certificate is from; nil: the system's
	Proxy     func(*http.Request) (*url.URL, error) // nil: the one that the environment names

	// Usage is what was counted so far, of all days that may not have been reported; nil: nothing is counted.
	Usage func(context.Context) ([]fleetapi.Usage, error)

	// Used tells when access keys were used last, by id; nil: it is not known.
	Used func() map[string]time.Time

	// Console answers the calls of the cloud console that come through the link; nil: none may.
	Console http.Handler

	Commands Commands // that the control plane may give

	Program     string           // that this is, for updates
	UpdatesFrom func() time.Time // when the owner lets it be updated next; nil: at any time
	Called      func()           // is told of each report that was answered; nil: nobody is

	Logger *slog.Logger // nil: discard
}

// Link keeps a data plane and its control plane in touch.
type Link struct {
	c     Config
	log   *slog.Logger
	state state
	delay func(attempt int) time.Duration

	nodeID string
	mu     sync.Mutex // guards what follows
	link   string     // the link token, for those that call beside Run
	http   *http.Client
	pair   *tls.Certificate // nil: none
	now    func() time.Time

	called  bool // a report was answered
	journal *journal
	todo    chan fleetapi.Command // taken, to be carried out
	ended   chan struct{}         // some may have ended

	lot        float64   // 0 to 1, spreads renewals
	renewAfter time.Time // of the next attempt to renew, when one has failed
}

// Open reads what an earlier run has learned and puts its configuration into force. It makes no call.
func Open(ctx context.Context, c Config) (*Link, error) {
	l := &Link{c: c, log: c.Logger, delay: backoff, now: time.Now, lot: mathrand.Float64()} //nolint:gosec // it spreads calls
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.c.HTTP == nil {
		l.http = l.client()
	} else {
		l.http = l.c.HTTP
	}
	if l.c.Memory == nil {
		l.c.Memory = forgetful{}
	}
	s, err := recall(ctx, l.c.Memory)
	if err != nil {
		return nil, err
	}
	if s.ClusterID != "" && s.ClusterID != c.ClusterID {
		return nil, fmt.Errorf("what the node remembers belongs to cluster %s, not to %s", s.ClusterID, c.ClusterID)
	}
	s.ClusterID = c.ClusterID
	if s.NodeID == "" {
		s.NodeID = "node_" + rand.Text()
		if err := s.keep(ctx, l.c.Memory); err != nil {
			return nil, err
		}
	}
	l.state, l.nodeID, l.link = s, s.NodeID, s.LinkToken
	if l.pair, err = s.parse(); err != nil {
		return nil, err
	}
	if l.journal, err = openJournal(c.Commands.Journal, c.Commands.Begun, l.now()); err != nil {
		return nil, err
	}
	l.todo, l.ended = make(chan fleetapi.Command, waitingCommands), make(chan struct{}, 1)
	if s.Config != nil {
		l.apply(*s.Config)
	}
	return l, nil
}

// Run keeps the link up until ctx ends. It never gives up: without the control plane the data plane goes on serving.
func (l *Link) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	if l.c.Usage != nil {
		beside.Go(func() { l.meter(ctx) })
	}
	if l.c.Console != nil {
		beside.Go(func() { l.tunnel(ctx) })
	}
	if b := l.c.Commands.Begun; b != nil && !l.journal.ended(b.Command.ID) {
		beside.Go(func() { l.perform(ctx, b.Command, b.Finish) })
	}
	beside.Go(func() { l.work(ctx) })
	beside.Go(func() { l.answer(ctx) })
	failures := 0
	for ctx.Err() == nil {
		err := l.runOnce(ctx)
		if err == nil {
			if failures > 0 {
				l.log.InfoContext(ctx, "control plane is back", "attempts", failures)
			}
			failures = 0
			continue
		}
		if ctx.Err() != nil {
			return
		}
		failures++
		if failures == 1 || failures%20 == 0 {
			l.log.WarnContext(ctx, "control plane does not answer as expected; serving goes on", "error", err, "attempt", failures)
		}
		wait(ctx, l.delay(failures))
	}
}

// runOnce makes the next call: registers when there is no link token, otherwise syncs.
func (l *Link) runOnce(ctx context.Context) error {
	if l.state.LinkToken == "" {
		return l.register(ctx)
	}
	l.keepCertificate(ctx)
	return l.sync(ctx)
}

func (l *Link) register(ctx context.Context) error {
	join, err := l.c.JoinToken()
	if err != nil {
		return fmt.Errorf("read join token: %w", err)
	}
	keyed := l.state
	csr := ""
	if l.secure() {
		if keyed.Key == "" {
			if keyed.Key, err = newKey(); err != nil {
				return fmt.Errorf("register: %w", err)
			}
			if err := l.adopt(ctx, keyed, nil); err != nil {
				return fmt.Errorf("register: %w", err)
			}
		}
		if csr, err = l.csr(keyed.Key); err != nil {
			return fmt.Errorf("register: %w", err)
		}
	}
	var res fleetapi.RegisterResponse
	err = l.call(ctx, fleetapi.RegisterPath, join, callTimeout, fleetapi.RegisterRequest{
		ContractVersion: fleetapi.Version, ClusterID: l.c.ClusterID, NodeID: l.state.NodeID,
		NodeName: l.c.NodeName, SoftwareVersion: l.c.Version, Endpoint: l.c.Endpoint, CSR: csr,
	}, &res)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	if res.LinkToken == "" {
		return errors.New("register: the answer has no link token")
	}
	next := l.state
	next.LinkToken, next.Certificate = res.LinkToken, res.Certificate
	if _, err := next.parse(); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	if err := l.adopt(ctx, next, &res.Config); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	l.log.InfoContext(ctx, "registered with the control plane", "cluster", l.c.ClusterID, "node", l.state.NodeID)
	return nil
}

func (l *Link) sync(ctx context.Context) error {
	req := fleetapi.SyncRequest{
		ClusterID: l.c.ClusterID, NodeID: l.state.NodeID, NodeName: l.c.NodeName, SoftwareVersion: l.c.Version, Endpoint: l.c.Endpoint,
		Health: l.c.Health(ctx), Commands: l.offered(), Taken: l.journal.open(),
		Program: l.c.Program, Platform: runtime.GOOS + "/" + runtime.GOARCH, First: !l.called,
	}
	if l.c.UpdatesFrom != nil {
		req.UpdatesFrom = l.c.UpdatesFrom()
	}
	if l.state.Config != nil {
		req.AppliedRevision = l.state.Config.Revision
		req.KeysUsed = l.keysUsed()
	}
	began := time.Now()
	var res fleetapi.SyncResponse
	err := l.call(ctx, fleetapi.SyncPath, l.state.LinkToken, fleetapi.SyncWait+callTimeout, req, &res)
	if unauthorized(err) && l.state.Key != "" && !unauthorized(l.renew(ctx, false)) {
		return fmt.Errorf("sync: %w", err) // it was the certificate, not the token
	}
	if unauthorized(err) {
		// The control plane lost or revoked the token. The join token may still be good; if not, nothing changes.
		next := l.state
		next.LinkToken = ""
		if err := l.adopt(ctx, next, nil); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if res.Config != nil {
		if err := l.adopt(ctx, l.state, res.Config); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	if l.called = true; l.c.Called != nil {
		l.c.Called()
	}
	if err := l.take(ctx, res.Commands); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if res.Config != nil || len(res.Commands) > 0 {
		return nil
	}
	// A control plane that does not hold the call must not make this loop spin.
	wait(ctx, time.Second-time.Since(began))
	return nil
}

// keysUsed tells when the control plane's keys were used.
func (l *Link) keysUsed() map[string]time.Time {
	if l.c.Used == nil {
		return nil
	}
	used, out := l.c.Used(), map[string]time.Time{}
	for _, k := range l.state.Config.AccessKeys {
		if at, ok := used[k.ID]; ok {
			out[k.ID] = at
		}
	}
	return out
}

// adopt puts a configuration into force and remembers it. It is in force first: a key that was deleted must not live
// on because a disk is full. Unless it is remembered it does not count as applied, and comes again.
func (l *Link) adopt(ctx context.Context, next state, c *fleetapi.Config) error {
	if c != nil {
		if c.ClusterID != "" && c.ClusterID != l.c.ClusterID {
			return fmt.Errorf("configuration is for cluster %s", c.ClusterID)
		}
		l.apply(*c)
		next.Config = c
	}
	if err := next.keep(ctx, l.c.Memory); err != nil {
		return err
	}
	fresh := next.Certificate != l.state.Certificate
	l.state = next
	l.mu.Lock()
	defer l.mu.Unlock()
	l.link = next.LinkToken
	if next.Certificate != "" {
		if pair, err := next.parse(); err == nil {
			l.pair = pair
		}
		if l.c.HTTP == nil && fresh { // connections that are open were made without this certificate
			l.http.CloseIdleConnections()
			l.http = l.client()
		}
	}
	return nil
}

// unauthorized reports whether the control plane refused the caller.
func unauthorized(err error) bool {
	refused, ok := errors.AsType[*statusError](err)
	return ok && refused.status == http.StatusUnauthorized
}

// token is the link token; "" when there is none.
func (l *Link) token() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.link
}

func (l *Link) apply(c fleetapi.Config) {
	if err := l.c.Apply(c); err != nil {
		l.log.Error("parts of the configuration make no sense and were left out", "revision", c.Revision, "error", err)
		return
	}
	l.log.Info("configuration is in force", "revision", c.Revision, "access_keys", len(c.AccessKeys))
}
