package app

import (
	"context"
	"sync"

	"github.com/podium-cloud/podium/dataplane/internal/grpcapi"
)

// serveGRPC runs Conductor's gRPC services until ctx ends, when they are wanted.
func (s *server) serveGRPC(ctx context.Context, running *sync.WaitGroup) error {
	if s.config.GRPC == "" {
		return nil
	}
	srv, err := grpcapi.New(grpcapi.Config{Engine: s.api, Gate: s.gate, Logger: s.log, Count: s.metrics.Call})
	if err != nil {
		return err
	}
	l, err := listen(ctx, s.config.GRPC, "--grpc-listen")
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "serving gRPC", "address", l.Addr().String())
	running.Go(func() {
		if err := srv.Serve(l); err != nil {
			s.log.ErrorContext(ctx, "gRPC ended", "error", err)
		}
	})
	running.Go(func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		srv.Stop(grace)
	})
	return nil
}
