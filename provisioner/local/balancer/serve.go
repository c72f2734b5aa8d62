package balancer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 3 * time.Minute
	stopTimeout   = 3 * time.Second
	// arrival is how long a request that was given to a node may take to get there.
	arrival = 50 * time.Millisecond
)

// Run balances what comes to the address of the folder's plan until ctx ends.
func Run(ctx context.Context, folder string, log *slog.Logger) error {
	plan, err := ReadPlan(folder)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", plan.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	background, stop := context.WithCancel(ctx)
	var keeping sync.WaitGroup
	defer func() {
		stop()
		keeping.Wait() // nothing is written after the end
	}()
	dial := dialFrom(plan.Inside)
	p := newPool(dial)
	p.follow(background, plan)
	srv := &http.Server{
		Handler: &httputil.ReverseProxy{
			Transport: newPasser(p, dial), FlushInterval: -1, ErrorHandler: refuse, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
			Rewrite: func(r *httputil.ProxyRequest) {
				r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "node", r.In.Host
				r.SetXForwarded()
			},
		},
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, Protocols: &http.Protocols{},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	failed := make(chan error, 2)
	go func() { failed <- srv.Serve(l) }()
	keeping.Go(func() { failed <- p.keep(background, folder, log) })
	log.InfoContext(ctx, "listening", "address", l.Addr().String())
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if srv.Shutdown(grace) != nil { // calls that wait for something are cut off
		return srv.Close()
	}
	return nil
}

// keep follows the plan and tells what is in force, until ctx ends or the folder is of no use.
func (p *pool) keep(ctx context.Context, folder string, log *slog.Logger) error {
	var read os.FileInfo
	var told *Status
	ways := relays{}
	defer func() { _ = ways.follow(nil) }() // none: closing cannot fail
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if now, err := os.Stat(filepath.Join(folder, planName)); err == nil && !same(read, now) {
			plan, err := ReadPlan(folder)
			if err != nil {
				return err
			}
			read = now
			if err := ways.follow(plan.Relays); err != nil {
				return err
			}
			p.follow(ctx, plan)
			pause(ctx, arrival)
		}
		if s := p.status(); told == nil || s.Serial != told.Serial || !slices.Equal(s.Healthy, told.Healthy) {
			if err := write(folder, statusName, s); err != nil {
				return err
			}
			told = &s
			log.InfoContext(ctx, "balancing", "plan", s.Serial, "healthy", s.Healthy)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func same(a, b os.FileInfo) bool {
	return a != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime())
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
