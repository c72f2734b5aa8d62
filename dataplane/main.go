// Command dataplane is a node of a data plane: one of any number over PostgreSQL and Redis, or by itself with an embedded
// store. It serves Conductor's API and the cluster's console.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/podium-cloud/podium/dataplane/internal/app"
	"github.com/podium-cloud/podium/dataplane/internal/cloud"
	"github.com/podium-cloud/podium/dataplane/internal/transfer/bucket"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := app.Run(ctx, app.Process{
		Name: "dataplane", Share: cloud.Open, Store: cloud.OpenStore, Bucket: cloud.OpenBucket, Files: bucket.Files{},
		Args: os.Args[1:], Env: os.Getenv, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}
