package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"

	"github.com/podium-cloud/podium/dataplane/engine"
	"github.com/podium-cloud/podium/dataplane/internal/config"
	"github.com/podium-cloud/podium/dataplane/internal/telemetry"
)

// newLogger writes structured logs, as text or as JSON lines.
func newLogger(w io.Writer, c config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// observer counts what the engine does, and traces it where the environment says so.
func (s *server) observer(ctx context.Context, env config.Env) (engine.Observer, error) {
	var err error
	s.tracer, err = telemetry.OpenTracer(ctx, env, telemetry.Service{Version: Version(), ClusterID: s.id}, s.log)
	return telemetry.NewObserver(s.metrics, s.tracer), err
}

// closeTracer exports the last spans; a collector that is away holds the end up no longer than a stop may take.
func (s *server) closeTracer(ctx context.Context) {
	if s.tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := s.tracer.Close(ctx); err != nil {
		s.log.WarnContext(ctx, "traces are incomplete", "error", err)
	}
}

// serveDebug runs the private server of metrics and profiles until ctx ends, when one is wanted.
func (s *server) serveDebug(ctx context.Context, running *sync.WaitGroup) error {
	if s.config.Debug == "" {
		return nil
	}
	l, err := listen(ctx, s.config.Debug, "--debug-listen")
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: telemetry.Debug(s.metrics), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaders,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.log.InfoContext(ctx, "serving metrics and profiles", "debug_url", "http://"+l.Addr().String())
	if !isLoopback(l.Addr()) {
		s.log.WarnContext(ctx, "everyone who can reach the debug address sees metrics and memory")
	}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	running.Go(func() {
		defer stop()
		_ = srv.Serve(l) // ends with Close
	})
	return nil
}
