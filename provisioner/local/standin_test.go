package local

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/podium-cloud/podium/provisioner/local/balancer"
)

// TestMain makes the test binary a stand-in for the edge binary when it is started with the edge's flags.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "--listen" {
		if err := standIn(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "stand-in:", err)
			os.Exit(1)
		}
		syscall.Exit(0) // os.Exit takes a second in a binary that detects races
	}
	if len(os.Args) > 3 && os.Args[1] == "balance" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err := balancer.Run(ctx, os.Args[3], slog.New(slog.NewTextHandler(os.Stderr, nil)))
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		syscall.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "export" { // as on a disk that is full, which takes rights to have
		fmt.Fprintln(os.Stderr, "edge: the export broke off: write .b1.podium123:", syscall.ENOSPC)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// standIn is not a data plane. It tells the control plane its join token and says who it is. The beginning of the
// cluster's id chooses what is wrong with it.
func standIn(args []string) error {
	flags := flag.NewFlagSet("stand-in", flag.ContinueOnError)
	listen := flags.String("listen", "", "")
	data := flags.String("data", "", "")
	_ = flags.String("auth", "", "")
	_ = flags.String("node-name", "", "")
	control := flags.String("control-plane", "", "")
	id := flags.String("cluster-id", "", "")
	tokenFile := flags.String("join-token-file", "", "")
	advertise := flags.String("advertise", "", "")
	link := flags.String("link-file", "", "")
	for _, name := range []string{"grpc-listen", "node-listen", "redis-prefix", "signing-key-file", "secret-key-file", "payload-dir"} {
		_ = flags.String(name, "", "")
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *link == "" {
		if _, err := os.Stat(*data); err != nil {
			return err
		}
	}
	term := make(chan os.Signal, 1)
	switch {
	case strings.HasPrefix(*id, "broken"):
		return errors.New("this one never works")
	case strings.HasPrefix(*id, "stubborn"):
		signal.Ignore(syscall.SIGTERM)
	default:
		signal.Notify(term, syscall.SIGTERM)
	}
	if !strings.HasPrefix(*id, "mute") {
		callHome(*control, *id, *tokenFile, *advertise)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /podium/v1/info", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"clusterId": *id, "standIn": true, "pid": os.Getpid(), "controlPlane": *control,
			"login": os.Getenv("PODIUM_DATAPLANE_POSTGRES"), "processors": os.Getenv("GOMAXPROCS"),
		})
	})
	failed := make(chan error, 1)
	go func() { failed <- http.ListenAndServe(*listen, mux) }()
	select {
	case err := <-failed:
		return err
	case <-term:
		return nil
	}
}

// callHome registers once. It serves whatever comes of it, as a node does that is started again.
func callHome(control, id, tokenFile, advertise string) {
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		return
	}
	body := fmt.Sprintf(`{"clusterId":%q,"endpoint":%q}`, id, advertise)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, control+"/fleet/v1/register", strings.NewReader(body))
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+string(token))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stand-in:", err)
		return
	}
	res.Body.Close()
	fmt.Fprintln(os.Stderr, "stand-in: registered:", res.Status)
}
