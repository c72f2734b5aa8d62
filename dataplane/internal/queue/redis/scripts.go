package redis

import (
	"context"
	_ "embed" // the scripts
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/dataplane/internal/queue"
)

//go:embed shared.lua
var sharedSource string

//go:embed apply.lua
var applySource string

//go:embed pop.lua
var popSource string

var (
	applyScript = goredis.NewScript(sharedSource + applySource)
	popScript   = goredis.NewScript(sharedSource + popSource)
)

// pop asks Redis for ready tasks. again tells after what time to look again for more, 0 when a wake-up will come.
func (q *Queue) pop(l *line, count int, stays bool, limit queue.Limit) (items []queue.Item, again time.Duration, err error) {
	waits := 0
	if stays {
		waits = 1
	}
	if limit.Per <= 0 {
		limit.Rate = 0
	}
	// Not under the context of a poll: what Redis hands out must not be lost as a poll ends.
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	answer, err := popScript.Run(ctx, q.client, []string{l.kind.base},
		q.channel, l.kind.name, l.domain, count, q.id, waits, q.times.patience.Milliseconds(),
		limit.Concurrent, limit.Rate, limit.Per.Milliseconds()).Slice()
	if err != nil {
		return nil, 0, fmt.Errorf("take from Redis: %w", err)
	}
	for i, one := range answer {
		if ms, ok := one.(int64); ok && i == 0 {
			again = time.Duration(ms) * time.Millisecond
		}
		if text, ok := one.(string); ok {
			if it, ok := parse(l.kind.name, text); ok {
				items = append(items, it)
			}
		}
	}
	return items, again, nil
}

// apply tells Redis of batches, and the nodes messages, in one pipeline.
func (q *Queue) apply(ctx context.Context, batches []*batch, messages []string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	args := func(b *batch) []any {
		return append([]any{q.channel, b.kind.name, q.times.lease.Milliseconds()}, b.ops...)
	}
	pipe := q.client.Pipeline()
	commands := make([]*goredis.Cmd, len(batches))
	for i, b := range batches {
		commands[i] = applyScript.EvalSha(ctx, pipe, []string{b.kind.base}, args(b)...)
	}
	for _, m := range messages {
		pipe.Publish(ctx, q.channel, m)
	}
	_, err := pipe.Exec(ctx)
	if err == nil {
		return nil
	}
	if len(batches) == 0 {
		return fmt.Errorf("publish to Redis: %w", err)
	}
	for i, c := range commands {
		err := c.Err()
		if goredis.HasErrorPrefix(err, "NOSCRIPT") { // it is new here
			err = applyScript.Eval(ctx, q.client, []string{batches[i].kind.base}, args(batches[i])...).Err()
		}
		if err != nil {
			return fmt.Errorf("tell Redis: %w", err)
		}
	}
	return nil
}
