// Command worker runs the publish-images example: it registers the definitions on a cluster, works on their tasks until
// it is interrupted, and, with -start, starts one workflow with an input file first.
//
// It reads the cluster's address and access key where every Conductor SDK does: CONDUCTOR_SERVER_URL (ends in /api),
// CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/podium-cloud/podium/examples/internal/example"
	publish "github.com/podium-cloud/podium/examples/publish-images"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	library := flag.String("library", "library", "folder of the originals; a sample poster.png is drawn when it has none")
	data := flag.String("data", "published", "folder of the encoded images and of the delivery network")
	parallel := flag.Int("parallel", 4, "tasks of each type at a time")
	start := flag.String("start", "", "input file (JSON) of a workflow to start")
	flag.Parse()

	publisher, err := publish.Open(*library, *data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	if err := drawPoster(filepath.Join(*library, "poster.png")); err != nil {
		return err
	}
	api, images := example.Connect(), publisher.Example()
	if err := images.Register(ctx, api); err != nil {
		return err
	}
	stopWorker, err := images.Work(api, *parallel)
	if err != nil {
		return err
	}
	defer stopWorker()
	if *start != "" {
		id, err := images.Start(ctx, api, *start)
		if err != nil {
			return err
		}
		slog.Info("Started a workflow", "workflow_id", id)
	}
	slog.Info("Working; interrupt to stop")
	<-ctx.Done()
	return nil
}

// drawPoster makes the sample original unless the file is there.
func drawPoster(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(publish.Poster(f, 2400), f.Close())
}
