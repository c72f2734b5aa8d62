// Package fleetapi is the wire contract between a data plane and its control plane: types and a version, nothing else.
//
// The data plane dials out; it needs no open port. It registers once with a join token and gets a link token, then keeps one
// long poll open ([SyncPath]): it reports its state and what configuration it has applied, and is answered as soon as
// there is newer configuration, or after [SyncWait]. Every call is HTTPS (HTTP on loopback) with JSON bodies and
// `Authorization: Bearer <token>`. A data plane keeps its last configuration on disk and serves without the link.
package fleetapi

import "time"

// Version of this contract. 1: register, sync with access keys and trusted token issuer.
const Version = 1

// Paths below the control plane's address.
const (
	RegisterPath = "/fleet/v1/register"
	SyncPath     = "/fleet/v1/sync"
	UsagePath    = "/fleet/v1/usage"
	RenewPath    = "/fleet/v1/renew"
	TunnelPath   = "/fleet/v1/tunnel"
	CommandsPath = "/fleet/v1/commands"
	ReleasesPath = "/fleet/v1/releases/" // GET DIGEST, and DIGEST.release, its signed statement (dataplane/release); no token is asked for
)

// A data plane whose owner allows it makes a GET of TunnelPath with `Connection: Upgrade`, `Upgrade: ` [TunnelProtocol], the
// link token, and who it is in the headers below. After the answer 101 the connection is one of HTTP/2 with the roles turned
// round: the control plane asks, for calls of people whom it has let into the cluster's console, and the data plane answers,
// below /api/ and /podium/ only. The session token of the caller comes along, and the data plane looks at it as ever.
const (
	TunnelProtocol = "podium-tunnel/1"
	ClusterHeader  = "Podium-Cluster"
	NodeHeader     = "Podium-Node"
)

// SyncWait is the longest time that the control plane holds a sync without news.
const SyncWait = 25 * time.Second

// RegisterRequest is the first call, authorized by the cluster's join token. Repeating it with the same token and
// NodeID is answered like the first time.
type RegisterRequest struct {
	ContractVersion int    `json:"contractVersion"`
	ClusterID       string `json:"clusterId"`
	NodeID          string `json:"nodeId"`
	NodeName        string `json:"nodeName,omitempty"` // among the nodes of the cluster, given by who runs them
	SoftwareVersion string `json:"softwareVersion"`
	Endpoint        string `json:"endpoint"`      // API root as workers reach it, ends in /api
	CSR             string `json:"csr,omitempty"` // PEM, ECDSA; asks for a client certificate
}

// RegisterResponse carries the credential for all later calls and the first configuration.
type RegisterResponse struct {
	LinkToken string `json:"linkToken"`
	Config    Config `json:"config"`
	// Certificate is the node's client certificate, PEM, when CSR asked for one. By HTTPS, all later calls but RenewPath
	// must come with it where the control plane serves TLS itself; the link token alone is of no use then.
	Certificate string `json:"certificate,omitempty"`
}

// RenewRequest asks for another certificate, authorized by the link token and by Proof; also after the old one has ended.
// Repeating it is harmless.
type RenewRequest struct {
	ClusterID string `json:"clusterId"`
	NodeID    string `json:"nodeId"`
	CSR       string `json:"csr"`   // PEM; for the same key or a new one
	Proof     string `json:"proof"` // base64 of the ECDSA signature (ASN.1) of the SHA-256 of CSR, by the key before
}

// RenewResponse carries the new certificate.
type RenewResponse struct {
	Certificate string `json:"certificate"`
}

// SyncRequest reports what the data plane runs.
type SyncRequest struct {
	ClusterID       string `json:"clusterId"`
	NodeID          string `json:"nodeId"`
	NodeName        string `json:"nodeName,omitempty"`
	SoftwareVersion string `json:"softwareVersion"`
	AppliedRevision int64  `json:"appliedRevision"` // of Config; 0: none
	Health          Health `json:"health"`
	Endpoint        string `json:"endpoint,omitempty"` // API root as workers reach it now

	KeysUsed map[string]time.Time `json:"keysUsed,omitempty"` // when access keys were used last, by id, since this node started

	Commands []CommandKind `json:"commands,omitempty"` // that the node carries out: its owner has not switched them off
	Taken    []string      `json:"taken,omitempty"`    // ids of commands that it has, and whose end it has not told yet

	Program  string `json:"program,omitempty"`  // "edge" or "dataplane"; "": it does not say
	Platform string `json:"platform,omitempty"` // such as linux/amd64
	// UpdatesFrom is when its owner lets it be updated next; zero: at any time.
	UpdatesFrom time.Time `json:"updatesFrom,omitzero"`
	// First says that no report of this process was answered before. It is answered at once, also without news, and what the
	// node has taken before and does not name in Taken was lost with an earlier process.
	First bool `json:"first,omitempty"`
}

// Health is a node's view of itself.
type Health struct {
	Ready         bool             `json:"ready"`
	Drained       bool             `json:"drained,omitempty"`    // it takes no new work, as it was asked to
	Executions    map[string]int64 `json:"executions,omitempty"` // count by status
	UptimeSeconds int64            `json:"uptimeSeconds"`
	MemoryBytes   int64            `json:"memoryBytes"`
	CPU           float64          `json:"cpu"`             // processors kept busy since the last report, 0.5 is half of one
	Fence         *Fence           `json:"fence,omitempty"` // nil: it is not fenced
}

// Fence says that the data plane runs on a copy and holds back timers, schedules, events and HTTP tasks.
type Fence struct {
	ID        string    `json:"id"`                  // of this restoration
	ClusterID string    `json:"clusterId,omitempty"` // of the original
	TakenAt   time.Time `json:"takenAt"`             // when the copy was made
	Since     time.Time `json:"since"`               // when it was restored
}

// SyncResponse carries newer configuration; Config is nil when there is none.
type SyncResponse struct {
	Config   *Config   `json:"config,omitempty"`
	Commands []Command `json:"commands,omitempty"` // that the node has not taken yet, the oldest first
}

// Config is all that a data plane is told. It replaces the former one as a whole.
type Config struct {
	Revision      int64       `json:"revision"` // grows with every change
	ClusterID     string      `json:"clusterId"`
	ClusterName   string      `json:"clusterName"`
	Organization  string      `json:"organization"`
	ConsoleOrigin string      `json:"consoleOrigin"` // origin of the cloud console, to link back to and to allow in CORS
	AccessKeys    []AccessKey `json:"accessKeys"`
	Issuer        Issuer      `json:"issuer"`
	LiftFence     string      `json:"liftFence,omitempty"` // id of the fence that is to be lifted
	Quota         *Quota      `json:"quota,omitempty"`     // nil: there is none, or enough is left
	// Closed says, for people, why the organization is closed; "": it is not. Applications are refused meanwhile, nothing new
	// starts, and people may look.
	Closed string `json:"closed,omitempty"`
	// MaxKeyDays is the longest life, in days, of access keys that are made or renewed inside the cluster; 0: they need not end.
	MaxKeyDays int `json:"maxKeyDays,omitempty"`
}

// AccessKey is a key that applications exchange for a token at POST /api/token. The secret itself never travels:
// SecretHash is the lower-case hex SHA-256 of a secret of 256 random bits.
type AccessKey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	SecretHash string     `json:"secretHash"`
	ExpiresAt  *time.Time `json:"expiresAt,omitempty"`

	Application string      `json:"application,omitempty"` // its id; "": the key is the application
	Role        ClusterRole `json:"role,omitempty"`        // of the application; "": only what it is granted inside the cluster

	// While a secret is being replaced the former one is good too, until a time.
	FormerHash  string     `json:"formerHash,omitempty"`
	FormerUntil *time.Time `json:"formerUntil,omitempty"`
}

// Issuer is whose session tokens the data plane accepts: JWTs signed with Ed25519 (alg EdDSA) under one of Keys (by
// kid), with iss = Issuer.Name and aud = the cluster's id. Claims: sub (user id), email, name, role (a [ClusterRole]), groups
// (names of the organization's groups that the user is in, sorted; absent: none), exp.
//
// Claim issued is when the token was made, in microseconds since 1970. Those that Ended names are refused, as they say of
// somebody what is not true any more.
type Issuer struct {
	Name  string      `json:"name"`
	Keys  []PublicKey `json:"keys"`
	Ended []Ended     `json:"ended,omitempty"`
}

// Ended are the tokens that were made for a person, or with an empty Subject for anybody, until a time.
type Ended struct {
	Subject string    `json:"subject,omitempty"`
	Until   time.Time `json:"until"`
}

// PublicKey is an Ed25519 public key; X is its 32 bytes in base64url without padding (as in a JWK).
type PublicKey struct {
	KID string `json:"kid"`
	X   string `json:"x"`
}
