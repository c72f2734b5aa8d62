package app

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/google/renameio/v2"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/fleet"
)

// journalName is the file in the data folder that tells the owner what the control plane has asked for.
const journalName = "commands.jsonl"

// commands is what the control plane may have this data plane do.
func (s *server) commands() fleet.Commands {
	c := fleet.Commands{
		Off: s.config.Link.Off,
		Actions: map[fleetapi.CommandKind]fleet.Action{
			fleetapi.CollectDiagnostics: s.diagnose, fleetapi.Drain: s.drainCommand(true), fleetapi.Resume: s.drainCommand(false),
		},
	}
	if s.folder != nil {
		c.Journal = s.folder.file(journalName)
	}
	if s.config.Link.BackupDir != "" {
		c.Actions[fleetapi.BackUp] = s.backUp
	}
	s.updateCommands(&c)
	return c
}

// diagnose tells how this process and its machine are. It tells nothing of definitions, executions and payloads but how many there
// are.
func (s *server) diagnose(ctx context.Context, _ fleetapi.Command) ([]fleetapi.Fact, error) {
	facts := []fleetapi.Fact{
		{Name: "Version", Value: Version()},
		{Name: "Platform", Value: runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version()},
		{Name: "Running since", Value: s.started.UTC().Format(time.RFC3339)},
		{Name: "Processors", Value: strconv.Itoa(runtime.GOMAXPROCS(0))},
		{Name: "Processor time", Value: processorTime().Round(time.Second).String()},
		{Name: "Memory", Value: fmt.Sprintf("%d MiB", memory()>>20)},
		{Name: "Goroutines", Value: strconv.Itoa(runtime.NumGoroutine())},
		{Name: "Store", Value: s.kind()},
		{Name: "Fenced", Value: strconv.FormatBool(s.engine.Fence() != nil)},
	}
	if s.folder != nil {
		if free, ok := freeBytes(s.folder.path); ok {
			facts = append(facts, fleetapi.Fact{Name: "Free on the disk", Value: fmt.Sprintf("%d MiB", free>>20)})
		}
	}
	counts, err := s.engine.Counts(ctx)
	if err != nil {
		return nil, fmt.Errorf("count executions: %w", err)
	}
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		facts = append(facts, fleetapi.Fact{Name: "Executions " + string(status), Value: strconv.FormatInt(counts[status], 10)})
	}
	return facts, nil
}

// kind says which store this is, without where it is.
func (s *server) kind() string {
	if s.folder == nil {
		return "PostgreSQL and Redis"
	}
	return "embedded"
}

// backUp writes a backup into the folder for them. The id of the command is in its name, so that it is made once.
func (s *server) backUp(ctx context.Context, c fleetapi.Command) ([]fleetapi.Fact, error) {
	if err := os.MkdirAll(s.config.Link.BackupDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of backups: %w", err)
	}
	path := filepath.Join(s.config.Link.BackupDir, "podium-"+time.Now().UTC().Format("20060102-150405")+"-"+filepath.Base(c.ID)+".backup")
	out, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return nil, fmt.Errorf("write the backup: %w", err)
	}
	defer func() { _ = out.Cleanup() }() // nothing is left to do for one that has its name
	done, err := exporting{snapshot: s.engine.Snapshot, clusterID: s.id, payloads: s.beside}.write(ctx, "", out)
	if err != nil {
		return nil, fmt.Errorf("write the backup: %w", err)
	}
	info, err := out.Stat()
	if err != nil {
		return nil, fmt.Errorf("write the backup: %w", err)
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return nil, fmt.Errorf("write the backup: %w", err)
	}
	return []fleetapi.Fact{
		{Name: "File", Value: filepath.Base(path)},
		{Name: "Bytes", Value: strconv.FormatInt(info.Size(), 10)},
		{Name: "Shows", Value: done.TakenAt.Format(time.RFC3339)},
		{Name: "Executions", Value: strconv.FormatInt(int64(done.Executions), 10)},
	}, nil
}
