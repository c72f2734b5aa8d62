// Command edge is a data plane in one process with an embedded store. It serves Conductor's API and the cluster's console, by
// itself or as a node of a control plane.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/podium-cloud/podium/dataplane/internal/app"
)

func main() {
	// What has waited for the disk goes on at once only if one of the runtime's processors is free, and under load none is:
	// there is one more than the machine has, for it. (It is then not adjusted when the machine's share of processors changes.)
	if os.Getenv("GOMAXPROCS") == "" { // else the user has decided
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := app.Run(ctx, app.Process{Name: "edge", Args: os.Args[1:], Env: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
