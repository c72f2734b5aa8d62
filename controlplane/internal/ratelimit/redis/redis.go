// Package redis is the count of calls that the processes of a control plane share in Redis.
package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/podium-cloud/podium/controlplane/internal/ratelimit"
)

// count answers with what is used and the end of the window. Times travel as text, as numbers of Lua would be rounded.
var count = goredis.NewScript(`
local used, ends = tonumber(redis.call('HGET', KEYS[1], 'used') or '0'), redis.call('HGET', KEYS[1], 'ends')
if not ends or tonumber(ends) <= tonumber(ARGV[2]) then used, ends = 0, ARGV[3] end
used = math.max(0, used + tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'used', used, 'ends', ends)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {used, ends}
`)

// Counter is a ratelimit.Counter. Make it with New.
type Counter struct {
	client *goredis.Client
	prefix string
}

var _ ratelimit.Counter = (*Counter)(nil)

// New returns the counter in the Redis at a URL, below keys that begin with a prefix. It does not call the server.
func New(url, prefix string) (*Counter, error) {
	o, err := goredis.ParseURL(url)
	if err != nil {
		return nil, errors.New("--redis: is not a URL of Redis") // without it: it may hold a password
	}
	o.DisableIdentity = true
	o.MaxRetries, o.DialerRetries = -1, 1 // the next call is the next attempt
	o.ContextTimeoutEnabled = true
	return &Counter{goredis.NewClient(o), prefix}, nil
}

// Close ends the connections.
func (c *Counter) Close() error { return c.client.Close() }

// Count adds n to what is used under a key in its window.
func (c *Counter) Count(ctx context.Context, key string, n int, now time.Time, window time.Duration) (int, time.Time, error) {
	// Kept for longer than its window, as clocks of processes differ a little.
	answer, err := count.Run(ctx, c.client, []string{c.prefix + key},
		n, now.UnixMicro(), now.Add(window).UnixMicro(), (2 * window).Milliseconds()).Slice()
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count calls in Redis: %w", err)
	}
	if len(answer) == 2 {
		used, isNumber := answer[0].(int64)
		text, isText := answer[1].(string)
		if ends, err := strconv.ParseInt(text, 10, 64); isNumber && isText && err == nil {
			return int(used), time.UnixMicro(ends).UTC(), nil
		}
	}
	return 0, time.Time{}, errors.New("count calls in Redis: the answer makes no sense")
}
