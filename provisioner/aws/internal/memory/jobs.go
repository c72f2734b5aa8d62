package memory

import (
	"context"
	"fmt"
	"time"

	"github.com/podium-cloud/podium/provisioner/aws/internal/converge"
)

// job is a container that ends by itself.
type job struct {
	token       string
	shown, ends time.Time
	known       time.Time // until when
	stopped     bool
	fails       bool
}

const (
	jobTakes = 3 * time.Minute
	jobStops = 30 * time.Second
	jobKnown = time.Hour
)

// Jobs runs jobs, on the clock of its account.
type Jobs struct {
	*Cloud
	Fails float64 // share of jobs that fail

	jobs map[string]*job
}

// NewJobs makes a [converge.Runner] of an account.
func NewJobs(c *Cloud) *Jobs { return &Jobs{Cloud: c, jobs: map[string]*job{}} }

// Done counts the jobs that have ended well, and those that run.
func (c *Jobs) Done() (done, running int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range c.jobs {
		switch {
		case c.now.Before(j.ends):
			running++
		case !j.fails && !j.stopped:
			done++
		}
	}
	return done, running
}

// Run implements [converge.Runner], like the methods that follow. The same token starts a job once.
func (c *Jobs) Run(_ context.Context, _ converge.Scope, _ converge.Job, token string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, after := c.chance()
	if before != nil {
		return "", before
	}
	for id, known := range c.jobs {
		if known.token == token {
			return id, after
		}
	}
	c.next++
	id := fmt.Sprintf("job-%d", c.next)
	c.jobs[id] = &job{
		token: token, shown: c.now.Add(time.Duration(c.random.Int64N(int64(c.Lag) + 1))), ends: c.now.Add(jobTakes),
		known: c.now.Add(jobTakes + jobKnown), fails: c.random.Float64() < c.Fails,
	}
	return id, after
}

// Find shows a new job late.
func (c *Jobs) Find(_ context.Context, _ converge.Scope, token string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, _ := c.chance(); before != nil {
		return "", before
	}
	for id, j := range c.jobs {
		if j.token == token && !c.now.Before(j.shown) && c.now.Before(j.known) {
			return id, nil
		}
	}
	return "", nil
}

// Look forgets jobs an hour after their end.
func (c *Jobs) Look(_ context.Context, _ converge.Scope, id string) (converge.JobState, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, _ := c.chance(); before != nil {
		return converge.JobState{}, before
	}
	j := c.jobs[id]
	if j == nil || c.now.Before(j.shown) || !c.now.Before(j.known) {
		return converge.JobState{}, nil
	}
	if c.now.Before(j.ends) {
		return converge.JobState{Known: true, Running: true}, nil
	}
	if j.fails || j.stopped {
		return converge.JobState{Known: true, Failed: true, Said: "no space left"}, nil
	}
	return converge.JobState{Known: true}, nil
}

// Stop takes a while.
func (c *Jobs) Stop(_ context.Context, _ converge.Scope, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, after := c.chance()
	if before != nil {
		return before
	}
	if j := c.jobs[id]; j != nil && c.now.Before(j.ends) && !j.stopped {
		j.stopped = true
		if end := c.now.Add(jobStops); end.Before(j.ends) {
			j.ends = end
		}
	}
	return after
}
