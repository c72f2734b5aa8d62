// Command vendor runs the compose-flows example: the vendor's application at http://127.0.0.1:8092, and its worker. See the README
// beside it.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	compose "github.com/podium-cloud/podium/examples/compose-flows"
	"github.com/podium-cloud/podium/examples/internal/example"
)

const address = "127.0.0.1:8092"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "vendor:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	vendor, err := compose.Open(ctx, &compose.Connection{
		API: cmp.Or(os.Getenv("CONDUCTOR_SERVER_URL"), "http://127.0.0.1:8080/api"),
		Key: os.Getenv("CONDUCTOR_AUTH_KEY"), Secret: os.Getenv("CONDUCTOR_AUTH_SECRET"),
	})
	if err != nil {
		return err
	}
	customers := []string{"acme", "globex"}
	for _, customer := range customers {
		if _, err := vendor.Welcome(ctx, customer); err != nil {
			return err
		}
	}
	done, err := compose.NewNetwork(customers...).Worker().Work(example.Connect(), 4)
	if err != nil {
		return err
	}
	defer done()
	server := &http.Server{Addr: address, Handler: vendor.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	slog.Info("Customers may compose flows; interrupt to stop", "url", "http://"+address, "customers", customers)
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}
