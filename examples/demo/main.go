// Command demo tells the whole story of Podium without a person or a browser: it starts a cloud on an empty folder and a
// free port, signs up, creates a cluster, makes an access key, runs the publish-images example on it with the official Go
// SDK until all its workflows are completed, deletes the cluster, checks that nothing is left of it, and stops the cloud.
//
// The story is told on stderr; the last line on stdout is one JSON object, the [Report]. The exit status is 0 only if every
// workflow was completed and nothing was left behind.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
)

// Report is what the demo found. Times are in seconds.
type Report struct {
	Workflows      int     `json:"workflows"`        // started
	Completed      int     `json:"completed"`        // of them
	Images         int     `json:"images"`           // files on the delivery network
	SecondsToUp    float64 `json:"seconds_to_up"`    // from the start of the cloud to its first answer
	SecondsToReady float64 `json:"seconds_to_ready"` // from the request for a cluster to READY
	SecondsToRun   float64 `json:"seconds_to_run"`   // from the first start to the last end of a workflow
	SecondsTotal   float64 `json:"seconds_total"`
	Error          string  `json:"error,omitempty"`
}

func main() {
	var s story
	flag.StringVar(&s.binary, "controlplane", "bin/controlplane", "control plane binary to run")
	flag.IntVar(&s.workflows, "n", 20, "workflows to run")
	timeout := flag.Duration("timeout", 2*time.Minute, "bound on the whole story")
	flag.Parse()
	s.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	logrus.SetLevel(logrus.PanicLevel) // the SDK's own logger calls it an error that a worker is stopped

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()

	begun := time.Now()
	err := s.tell(ctx)
	s.report.SecondsTotal = seconds(begun)
	if err != nil {
		s.report.Error = err.Error()
	}
	line, encodeErr := json.Marshal(s.report)
	if encodeErr != nil {
		fmt.Fprintln(os.Stderr, "demo:", encodeErr)
		os.Exit(1)
	}
	fmt.Println(string(line))
	if err != nil {
		os.Exit(1)
	}
}

func seconds(since time.Time) float64 {
	return time.Since(since).Round(time.Millisecond).Seconds()
}
