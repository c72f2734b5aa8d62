// Command controlplane is Podium's control plane: sign-up, organizations, clusters, and the console to them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/podium-cloud/podium/controlplane/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	executable, err := os.Executable()
	if err != nil {
		fmt.Fprintf(os.Stderr, "controlplane: path of the program: %v\n", err)
		os.Exit(1)
	}
	os.Exit(app.Main(ctx, app.Process{
		Args: os.Args[1:], Env: os.Getenv, Executable: executable, Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}
