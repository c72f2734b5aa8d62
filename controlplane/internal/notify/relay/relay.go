// Package relay carries wake-ups between the control planes that share a PostgreSQL database, so that what one of them is told is
// acted upon at once wherever a data plane happens to wait.
//
// A wake-up may be lost, as all of them: when the database is away, or when more come than can be sent. Whoever waits looks
// again by himself before long.
package relay

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/podium-cloud/podium/controlplane/internal/id"
	"github.com/podium-cloud/podium/controlplane/internal/notify"
)

//go:embed listen.sql
var listen string

//go:embed send.sql
var send string

const (
	channel  = "podium_wakes" // as in listen.sql
	waiting  = 1000           // wake-ups that wait to be sent; what is more is lost
	tryAgain = time.Second    // after the database was away
)

// Config says what Run connects. All fields are required.
type Config struct {
	Hub      *notify.Hub
	Postgres string // URL
	Logger   *slog.Logger
}

// Run connects the hub with those of the other processes until ctx ends. It never gives up.
func Run(ctx context.Context, c Config) error {
	self := id.New("hub")
	out := make(chan string, waiting)
	c.Hub.Relay(func(topics []string) {
		for _, t := range topics {
			select {
			case out <- t:
			default:
			}
		}
	})
	defer c.Hub.Relay(nil)
	for failed := false; ctx.Err() == nil; {
		err := once(ctx, c, self, out)
		if ctx.Err() != nil {
			break
		}
		if !failed {
			c.Logger.WarnContext(ctx, "other control planes are not woken; they look by themselves meanwhile", "error", err)
		}
		failed = true
		select {
		case <-ctx.Done():
		case <-time.After(tryAgain):
		}
	}
	return nil
}

// once carries wake-ups until a connection breaks.
func once(ctx context.Context, c Config, self string, out <-chan string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ears, err := connect(ctx, c.Postgres)
	if err != nil {
		return err
	}
	defer ears.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is of no use any more
	mouth, err := connect(ctx, c.Postgres)
	if err != nil {
		return err
	}
	defer mouth.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is of no use any more
	if _, err := ears.Exec(ctx, listen); err != nil {
		return fmt.Errorf("listen for wake-ups: %w", err)
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		stop(tell(ctx, mouth, self, out))
	}()
	for {
		n, err := ears.WaitForNotification(ctx)
		if err != nil {
			stop(err)
			<-told
			return context.Cause(ctx)
		}
		if from, topic, _ := strings.Cut(n.Payload, " "); from != self {
			c.Hub.WakeHere(topic)
		}
	}
}

func tell(ctx context.Context, conn *pgx.Conn, self string, out <-chan string) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case topic := <-out:
			if _, err := conn.Exec(ctx, send, channel, self+" "+topic); err != nil {
				return fmt.Errorf("send a wake-up: %w", err)
			}
		}
	}
}

func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect for wake-ups: %w", err)
	}
	return conn, nil
}
