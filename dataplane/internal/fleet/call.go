package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

const (
	callTimeout = 15 * time.Second // beyond what the control plane holds a call
	maxAnswer   = 16 << 20         // bytes
	firstDelay  = 500 * time.Millisecond
	maxDelay    = 30 * time.Second
)

// statusError is an answer other than 200.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the control plane answered %d: %s", e.status, e.text)
}

// call posts req as JSON and decodes the answer into res.
func (l *Link) call(ctx context.Context, path, token string, timeout time.Duration, req, res any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(req)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(l.c.Address, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	l.mu.Lock()
	client := l.http
	l.mu.Unlock()
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
		return &statusError{status: answer.StatusCode, text: strings.TrimSpace(string(text))}
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(res); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	return nil
}

// backoff doubles from firstDelay to maxDelay; the jitter keeps a fleet from calling in step after an outage.
func backoff(attempt int) time.Duration {
	d := min(firstDelay<<min(attempt-1, 16), maxDelay)
	return d/2 + rand.N(d/2) //nolint:gosec // it spreads calls, nobody gains by guessing it
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
