package fleetapi

import (
	"slices"
	"time"
)

// CommandKind is something that the control plane may ask of a node. There is nothing but what is listed here: no command
// carries a program, a path or an address.
type CommandKind string

// The kinds of commands.
const (
	RotateCertificate  CommandKind = "rotate-certificate"  // the node makes another key and gets a certificate for it
	CollectDiagnostics CommandKind = "collect-diagnostics" // it tells how it is; nothing of what it keeps
	BackUp             CommandKind = "back-up"             // it writes a backup where its owner has said, which stays there
	Drain              CommandKind = "drain"               // it hands out no tasks and begins nothing new, until Resume or its end
	Resume             CommandKind = "resume"              // it takes work again
	Update             CommandKind = "update"              // it replaces its program by the release of Command.Release
)

// CommandKinds returns all kinds.
func CommandKinds() []CommandKind {
	return []CommandKind{RotateCertificate, CollectDiagnostics, BackUp, Drain, Resume, Update}
}

// Known reports whether k is one of the kinds.
func (k CommandKind) Known() bool { return slices.Contains(CommandKinds(), k) }

// Command is one thing that the control plane asks of a node. The node carries it out at most once, whatever is repeated; it
// refuses what it does not know, what its owner has switched off, and what has expired.
type Command struct {
	ID        string      `json:"id"`
	Kind      CommandKind `json:"kind"`
	AskedBy   string      `json:"askedBy"`   // e-mail or name, for the node's own journal
	ExpiresAt time.Time   `json:"expiresAt"` // it is not begun after that
	Release   *Release    `json:"release,omitempty"`
}

// Release names the program that an Update asks for. It says nothing of where that comes from: the node fetches it below
// [ReleasesPath], or where its owner has said, and uses it only if it is signed by a key that its owner has given it.
type Release struct {
	Version string `json:"version"`         // such as 1.4.0
	SHA256  string `json:"sha256"`          // of the program, 64 hexadecimal digits in lower case
	Force   bool   `json:"force,omitempty"` // also when the version is lower than that of the node
}

// How commands end.
const (
	CommandDone    = "DONE"
	CommandFailed  = "FAILED"
	CommandRefused = "REFUSED"
)

// CommandResult is how a command has ended on a node.
type CommandResult struct {
	ID      string    `json:"id"`
	State   string    `json:"state"`            // CommandDone, CommandFailed or CommandRefused
	Reason  string    `json:"reason,omitempty"` // for people; unless it is done
	Facts   []Fact    `json:"facts,omitempty"`
	EndedAt time.Time `json:"endedAt"`
}

// Fact is something that a command has found out, for people.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CommandReport tells how commands have ended. It may be repeated: the first end of a command counts.
type CommandReport struct {
	ClusterID string          `json:"clusterId"`
	NodeID    string          `json:"nodeId"`
	Results   []CommandResult `json:"results"`
}

// CommandReportResponse says that the report is kept.
type CommandReportResponse struct{}
