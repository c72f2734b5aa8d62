// Command edge is a data plane in one process with an embedded store. It serves Conductor's API and the cluster's console, by
// itself or as a node of a control plane.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/podium-cloud/podium/dataplane/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := app.Run(ctx, app.Process{Name: "edge", Args: os.Args[1:], Env: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
