package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Action carries a command out and tells what is to be told of it. Its error is shown to people; ErrGoesOn is none.
type Action func(ctx context.Context, c fleetapi.Command) ([]fleetapi.Fact, error)

// ErrGoesOn is returned by an action that goes on when this process has ended: the next one begins with it (Commands.Begun).
var ErrGoesOn = errors.New("it goes on in the next process")

// Begun is a command that an earlier process has begun, and that was not lost with it.
type Begun struct {
	Command fleetapi.Command // ID and Kind
	Finish  Action           // returns when it has ended
}

// Commands says what the control plane may have this node do, beside fleetapi.RotateCertificate, which the link does itself.
type Commands struct {
	Actions map[fleetapi.CommandKind]Action
	Off     []fleetapi.CommandKind // switched off by the owner
	Journal string                 // file that tells the owner of all commands, JSON lines; "": they are in the log only
	Begun   *Begun                 // nil: none
}

// waitingCommands is how many commands wait at most; what is more comes again.
const waitingCommands = 100

// offered returns the kinds of commands that this node carries out.
func (l *Link) offered() []fleetapi.CommandKind {
	return slices.DeleteFunc(fleetapi.CommandKinds(), func(k fleetapi.CommandKind) bool { return l.refusal(k) != "" })
}

// refusal says why commands of a kind are not carried out, "" when they are.
func (l *Link) refusal(k fleetapi.CommandKind) string {
	switch {
	case !k.Known():
		return fmt.Sprintf("This data plane knows no command %q.", k)
	case slices.Contains(l.c.Commands.Off, k):
		return "The owner of this data plane has switched this command off."
	case k == fleetapi.RotateCertificate && l.secure():
		return ""
	case k == fleetapi.RotateCertificate:
		return "The link is plain HTTP, which has no certificates."
	case l.c.Commands.Actions[k] == nil:
		return "This data plane is not set up for this command."
	}
	return ""
}

// take decides about commands that have come. It refuses, or rotates, here, as only the caller of sync may change the state; the
// rest is done beside it.
func (l *Link) take(ctx context.Context, commands []fleetapi.Command) error {
	for _, c := range commands {
		if l.journal.has(c.ID) {
			continue // it is told again how it ended
		}
		if len(l.todo) == cap(l.todo) {
			break
		}
		if err := l.journal.add(journalEntry{At: l.now(), ID: c.ID, Event: eventTaken, Kind: c.Kind, AskedBy: c.AskedBy}); err != nil {
			return err
		}
		l.log.InfoContext(ctx, "command of the control plane", "id", c.ID, "kind", c.Kind, "asked_by", c.AskedBy)
		reason := l.refusal(c.Kind)
		if reason == "" && l.now().After(c.ExpiresAt) {
			reason = "It came after it had expired."
		}
		switch {
		case reason != "":
			l.end(ctx, c, journalEntry{Event: fleetapi.CommandRefused, Reason: reason})
		case c.Kind == fleetapi.RotateCertificate:
			l.perform(ctx, c, l.rotate)
		default:
			l.todo <- c
		}
	}
	l.hurry()
	return nil
}

// hurry has answer look whether there is something to tell.
func (l *Link) hurry() {
	select {
	case l.ended <- struct{}{}:
	default:
	}
}

// rotate replaces the node's key and its certificate.
func (l *Link) rotate(ctx context.Context, _ fleetapi.Command) ([]fleetapi.Fact, error) {
	if err := l.renew(ctx, true); err != nil {
		return nil, err
	}
	return []fleetapi.Fact{{Name: "Certificate until", Value: l.pair.Leaf.NotAfter.UTC().Format(time.RFC3339)}}, nil
}

func (l *Link) perform(ctx context.Context, c fleetapi.Command, do Action) {
	facts, err := do(ctx, c)
	if errors.Is(err, ErrGoesOn) {
		return
	}
	if err != nil {
		l.end(ctx, c, journalEntry{Event: fleetapi.CommandFailed, Reason: err.Error()})
		return
	}
	l.end(ctx, c, journalEntry{Event: fleetapi.CommandDone, Facts: facts})
}

func (l *Link) end(ctx context.Context, c fleetapi.Command, e journalEntry) {
	e.At, e.ID = l.now(), c.ID
	l.log.InfoContext(ctx, "command ended", "id", c.ID, "kind", c.Kind, "state", e.Event, "reason", e.Reason)
	if err := l.journal.add(e); err != nil {
		l.log.ErrorContext(ctx, "what a command came to could not be written down", "id", c.ID, "error", err)
	}
	l.hurry()
}

// work carries out the commands that were taken, one after another, until ctx ends.
func (l *Link) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-l.todo:
			l.perform(ctx, c, l.c.Commands.Actions[c.Kind])
		}
	}
}

// answer tells the control plane how commands ended, until ctx ends.
func (l *Link) answer(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		var again <-chan time.Time
		if err := l.tell(ctx); err == nil {
			failures = 0
		} else {
			if failures++; failures == 1 && !errors.Is(err, errUnregistered) {
				l.log.WarnContext(ctx, "how commands ended could not be told; it is told later", "error", err)
			}
			again = time.After(l.delay(failures))
		}
		select {
		case <-ctx.Done():
		case <-again:
		case <-l.ended:
		}
	}
}

// tell reports how commands have ended, if there is news.
func (l *Link) tell(ctx context.Context) error {
	news := l.journal.news()
	if len(news) == 0 {
		return nil
	}
	token := l.token()
	if token == "" {
		return errUnregistered
	}
	var res fleetapi.CommandReportResponse
	err := l.call(ctx, fleetapi.CommandsPath, token, callTimeout, fleetapi.CommandReport{
		ClusterID: l.c.ClusterID, NodeID: l.nodeID, Results: news,
	}, &res)
	if err != nil {
		return fmt.Errorf("report commands: %w", err)
	}
	for _, r := range news {
		if err := l.journal.add(journalEntry{At: l.now(), ID: r.ID, Event: eventTold}); err != nil {
			return err
		}
	}
	return nil
}
