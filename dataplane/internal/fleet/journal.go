package fleet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
)

// Events of the journal beside the states of results.
const (
	eventTaken = "TAKEN"
	eventTold  = "TOLD" // the control plane knows how the command has ended
)

// journalEntry is a line of the journal.
type journalEntry struct {
	At      time.Time            `json:"at"`
	ID      string               `json:"id"`
	Event   string               `json:"event"`
	Kind    fleetapi.CommandKind `json:"kind,omitempty"`
	AskedBy string               `json:"askedBy,omitempty"`
	Reason  string               `json:"reason,omitempty"`
	Facts   []fleetapi.Fact      `json:"facts,omitempty"`
}

// journal remembers what the control plane has asked for and how it ended: for the owner, who reads the file, and so that nothing
// is done twice or forgotten. Lines are only added.
type journal struct {
	path string // "": it is remembered while the process runs

	mu    sync.Mutex
	known map[string]*fleetapi.CommandResult // by id; nil: it has not ended
	told  map[string]bool
	order []string
}

// openJournal reads a journal. What was under way when the process ended has failed, but for the command that goes on.
func openJournal(path string, goesOn *Begun, now time.Time) (*journal, error) {
	j := &journal{path: path, known: map[string]*fleetapi.CommandResult{}, told: map[string]bool{}}
	if path == "" {
		return j, j.begin(goesOn, now)
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read journal of commands: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		var e journalEntry
		if json.Unmarshal(lines.Bytes(), &e) == nil { // the last line may have been cut off
			j.keep(e)
		}
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		if err := j.append([]byte("\n")); err != nil {
			return nil, err
		}
	}
	for _, id := range j.order {
		if j.known[id] == nil && (goesOn == nil || goesOn.Command.ID != id) {
			err := j.add(journalEntry{At: now, ID: id, Event: fleetapi.CommandFailed, Reason: "The data plane ended while it was under way."})
			if err != nil {
				return nil, err
			}
		}
	}
	return j, errors.Join(lines.Err(), j.begin(goesOn, now))
}

// begin keeps a command that an earlier process has begun.
func (j *journal) begin(b *Begun, now time.Time) error {
	if b == nil {
		return nil
	}
	if _, known := j.known[b.Command.ID]; known {
		return nil
	}
	return j.add(journalEntry{At: now, ID: b.Command.ID, Event: eventTaken, Kind: b.Command.Kind})
}

// ended reports whether it is known how a command has ended.
func (j *journal) ended(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.known[id] != nil
}

// add writes an entry and keeps it.
func (j *journal) add(e journalEntry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode journal of commands: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.append(append(line, '\n')); err != nil {
		return err
	}
	j.keep(e)
	return nil
}

func (j *journal) append(line []byte) error {
	if j.path == "" {
		return nil
	}
	f, err := os.OpenFile(j.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write journal of commands: %w", err)
	}
	_, err = f.Write(line)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write journal of commands: %w", err)
	}
	return nil
}

func (j *journal) keep(e journalEntry) {
	switch _, known := j.known[e.ID]; {
	case e.Event == eventTold:
		j.told[e.ID] = true
	case e.Event == eventTaken && !known:
		j.known[e.ID] = nil
		j.order = append(j.order, e.ID)
	case e.Event != eventTaken:
		j.known[e.ID] = &fleetapi.CommandResult{ID: e.ID, State: e.Event, Reason: e.Reason, Facts: e.Facts, EndedAt: e.At}
	}
}

// has reports whether a command is known. Who asks about one that has ended is to be told of it again.
func (j *journal) has(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, known := j.known[id]
	delete(j.told, id)
	return known
}

// open returns the ids of the commands whose end the control plane does not know, sorted.
func (j *journal) open() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(j.known)), func(id string) bool { return j.told[id] })
}

// news returns how commands have ended that the control plane does not know of, in the order in which they were taken.
func (j *journal) news() []fleetapi.CommandResult {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []fleetapi.CommandResult
	for _, id := range j.order {
		if r := j.known[id]; r != nil && !j.told[id] {
			list = append(list, *r)
		}
	}
	return list
}
