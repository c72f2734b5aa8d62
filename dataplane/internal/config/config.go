// Package config reads the command line and the environment of a data plane's binary into a validated [Config].
//
// Every flag can be set by an environment variable too: --http-allow is PODIUM_EDGE_HTTP_ALLOW, or
// PODIUM_DATAPLANE_HTTP_ALLOW. The command line wins. Secrets are read from files, or are part of the URLs of databases.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/fleetapi"
	"github.com/podium-cloud/podium/dataplane/internal/access"
	"github.com/podium-cloud/podium/dataplane/internal/guard"
)

// Program is one of the two binaries.
type Program struct {
	Name   string // as it is called
	Shared bool   // it can be one of many nodes, over PostgreSQL and Redis
	Remote bool   // files of exports can lie in buckets
}

// EnvPrefix begins the names of the environment variables.
func (p Program) EnvPrefix() string { return "PODIUM_" + strings.ToUpper(p.Name) + "_" }

// Config is what a data plane is started with.
type Config struct {
	Listen    string      // host:port
	Data      string      // folder for everything that must outlive the process
	Auth      access.Mode // whether calls need a token
	KeysFile  string      // access keys of a stand-alone data plane; "" with a control plane or without authentication
	ClusterID string      // "" lets a stand-alone data plane make one up
	HTTPAllow []string    // non-public hosts and networks that HTTP tasks may reach; "*" is everything
	KeyCalls  int         // calls a second that one access key may make at this node; 0: any number
	LogLevel  slog.Level
	LogJSON   bool          // structured logs as JSON lines instead of text
	Debug     string        // host:port of the private server of metrics and profiles; "" is none
	GRPC      string        // host:port of Conductor's gRPC services; "" serves none
	Retention time.Duration // how long finished executions are kept; 0: for ever
	Archive   bool          // finished executions are archived before they are removed
	Link      *Link         // nil: stand-alone
	Nodes     *Nodes        // nil: one process with an embedded store in Data

	SigningKeyFile string // PEM; made when missing
	SecretKeyFile  string // seals secrets; made when missing. "": none is kept
	ReadSecrets    bool   // whether the API shows the values of secrets

	PayloadDir       string // for large payloads; "" and no PayloadStore: they have no place
	PayloadStore     string // URL of a bucket for them, in place of PayloadDir
	PayloadThreshold int    // larger payloads lie there, in bytes

	command string // the program's name
}

// Program returns the name of the program that was started.
func (c Config) Program() string { return c.command }

// Nodes says what this node shares with others. Data is "" then.
type Nodes struct {
	Postgres  string // URL
	Redis     string // URL
	Prefix    string // of all keys in Redis; "" follows from the database
	Listen    string // host:port for calls of other nodes; port 0 takes a free one
	Advertise string // host:port, or host alone, as other nodes reach Listen; "" follows from it
}

// Link says where the control plane is and who this is.
type Link struct {
	ControlPlane  string
	JoinTokenFile string
	JoinToken     string                 // itself; secret
	CAFile        string                 // PEM; "": the system's
	Advertise     string                 // API root as workers reach it; "" follows from the address listened on
	File          string                 // of what the node remembers of the control plane; "": it forgets it when it ends
	NodeName      string                 // by which people know this node; "": it has none
	Console       bool                   // people may reach this server's console through the link
	Off           []fleetapi.CommandKind // commands of the control plane that are refused
	BackupDir     string                 // where backups lie that the control plane asks for; "": it may not
	Updates       Updates
}

// Env looks up an environment variable, "" when it is not set.
type Env func(name string) string

// Exists reports whether a file is there; validation asks it about the default keys file.
type Exists func(path string) bool

// Parse reads the flags of the serving command. With --help it writes the flags to out and returns flag.ErrHelp.
func (p Program) Parse(args []string, env Env, exists Exists, out io.Writer) (Config, error) {
	c := Config{Link: &Link{}, Nodes: &Nodes{}}
	var auth, allow, refuse, level, logFormat string
	var updates updateFlags
	fs := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "`address` (host:port) to serve the API and the console on")
	fs.StringVar(&c.Data, "data", "./data", "`folder` for the store and this node's own keys; made when missing")
	fs.StringVar(&auth, "auth", "", "`mode` of authentication: none, or keys.\n"+
		"Default: keys where keys are configured (a keys file or a control plane), otherwise none, and that only on loopback")
	fs.StringVar(&c.KeysFile, "keys-file", "", "`file` with the access keys of a stand-alone server (default DATA/keys.json when it exists);\n"+
		"\"edge key create\" adds to it")
	fs.StringVar(&c.Link.ControlPlane, "control-plane", "", "`URL` of the control plane that this server belongs to (default: stand-alone)")
	fs.StringVar(&c.ClusterID, "cluster-id", "", "`id` of this cluster; needed with --control-plane")
	fs.StringVar(&c.Link.JoinTokenFile, "join-token-file", "", "`file` with the join token that the control plane issued; needed with --control-plane")
	fs.StringVar(&c.Link.JoinToken, "join-token", "", "the join `token` itself, in place of a file; better given by the environment, as others see command lines")
	fs.StringVar(&c.Link.CAFile, "control-plane-ca", "", "`file` with the certificates (PEM) that the control plane's is from (default: the system's)")
	fs.StringVar(&c.Link.Advertise, "advertise", "", "`URL` of the API root as workers reach it, ends in /api (default: the listen address)")
	fs.StringVar(&c.Link.File, "link-file", "", "`file` with what this node remembers of the control plane while it is away or this node does not run\n"+
		"(default DATA/link.json; with --postgres in the database, sealed, where there are --node-name and --secret-key-file, else none)")
	fs.StringVar(&c.Link.NodeName, "node-name", "", "`name` of this node among those of the cluster, as the control plane shows it")
	fs.BoolVar(&c.Link.Console, "console-through-link", false, "let people whom the control plane lets into this cluster reach its console through the link that this\n"+
		"server dials, for a browser that cannot reach this server itself")
	fs.StringVar(&refuse, "refuse-commands", "", "comma-separated `kinds` of commands that the control plane may not give: rotate-certificate, collect-diagnostics,\n"+
		"back-up, drain, resume, update; or all")
	fs.StringVar(&c.Link.BackupDir, "backup-dir", "", "`folder` for backups that the control plane asks for, which stay there (default: none, and it may not ask)")
	updates.add(fs)
	fs.StringVar(&allow, "http-allow", "", "comma-separated `hosts` and CIDRs that HTTP tasks may reach although they are not public; * for all.\n"+
		"Default: all when listening on loopback, otherwise none")
	fs.IntVar(&c.KeyCalls, "calls-per-key", 0, "`number` of calls a second that one access key may make at this node; 0 for any")
	fs.DurationVar(&c.Retention, "retention", 0, "how long finished executions are kept whose definition does not say, a `duration` as in 720h;\n"+
		"0 for ever")
	fs.BoolVar(&c.Archive, "archive", false, "archive finished executions whose definition does not say, before they are removed, where large payloads lie")
	fs.StringVar(&c.PayloadDir, "payload-dir", "", "`folder` for payloads that are too large for the store (default DATA/payloads); with --postgres one that all nodes share,\n"+
		"or none: then payloads end at 10 MiB")
	fs.IntVar(&c.PayloadThreshold, "payload-threshold", 10<<20, "payloads of more than so many `bytes` lie outside of the store, and clients are told their paths")
	fs.StringVar(&c.SecretKeyFile, "secret-key-file", "", "`file` with the key that seals secrets, 32 bytes in base64, made when missing\n"+
		"(default DATA/secret.key); nodes that share a store need the same one, and keep no secrets without")
	fs.BoolVar(&c.ReadSecrets, "read-secrets", false, "let callers of the API read the values of secrets; otherwise only tasks get them")
	fs.StringVar(&c.SigningKeyFile, "signing-key-file", "", "`file` with the key that signs tokens, made when missing (default DATA/signing.pem)")
	if p.Shared {
		fs.StringVar(&c.PayloadStore, "payload-store", "", "`URL` of a bucket for large payloads, in place of --payload-dir: s3://BUCKET/PREFIX?region=REGION&endpoint=URL,\n"+
			"where only the bucket is needed; credentials come from where AWS's own tools take them")
		fs.StringVar(&c.Nodes.Postgres, "postgres", "", "`URL` of the PostgreSQL database that the nodes share; in place of --data")
		fs.StringVar(&c.Nodes.Redis, "redis", "", "`URL` of the Redis that the nodes share: redis://HOST:PORT/DB, or rediss://; needed with --postgres")
		fs.StringVar(&c.Nodes.Prefix, "redis-prefix", "", "`text` that begins all keys in Redis; the same on all nodes, and nobody else's (default: follows from the database)")
		fs.StringVar(&c.Nodes.Listen, "node-listen", "", "`address` (host:port) for calls of other nodes (default: the host of --listen, a free port)")
		fs.StringVar(&c.Nodes.Advertise, "node-advertise", "", "`address` (host or host:port) as other nodes reach --node-listen (default: that address)")
	}
	fs.StringVar(&level, "log-level", "info", "`level`: debug, info, warn or error")
	fs.StringVar(&logFormat, "log-format", "text", "`format` of the log on stderr: text or json")
	fs.StringVar(&c.Debug, "debug-listen", "", "`address` of a private server with /metrics and /debug/pprof that asks for no token;\n"+
		"a port alone is one of 127.0.0.1 (default: none)")
	fs.StringVar(&c.GRPC, "grpc-listen", "", "`address` (host:port) to serve Conductor's gRPC API on, without TLS; Conductor's own port is 8090.\n"+
		"A port alone is one of the host of --listen (default: none)")
	fs.Usage = func() { p.usage(fs) }
	if err := p.parse(fs, args, env); err != nil {
		return Config{}, err
	}
	if fs.NArg() > 0 {
		return Config{}, fmt.Errorf("unknown argument %q; see %s --help", fs.Arg(0), p.Name)
	}
	set := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { set[f.Name] = true })
	c.command = p.Name
	err := errors.Join(c.commands(refuse), c.Link.Updates.set(updates), c.resolve(auth, allow, level, set["data"], exists), c.observability(logFormat))
	return c, err
}

// KeyCreate is what the subcommand "key create" is started with.
type KeyCreate struct {
	Name     string
	Role     string // one of the cluster's
	KeysFile string
}

// ParseKeyCreate reads the flags of "key create".
func (p Program) ParseKeyCreate(args []string, env Env, out io.Writer) (KeyCreate, error) {
	var k KeyCreate
	var data string
	fs := flag.NewFlagSet(p.Name+" key create", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&k.Name, "name", "", "`name` that tells people what the key is for")
	fs.StringVar(&k.Role, "role", "admin", "what its bearer may do: admin, developer, operator, viewer or worker")
	fs.StringVar(&data, "data", "./data", "`folder` of the server")
	fs.StringVar(&k.KeysFile, "keys-file", "", "`file` to add the key to (default DATA/keys.json)")
	if err := p.parse(fs, args, env); err != nil {
		return KeyCreate{}, err
	}
	if k.KeysFile == "" {
		k.KeysFile = defaultKeysFile(data)
	}
	if strings.TrimSpace(k.Name) == "" {
		return KeyCreate{}, errors.New("--name is missing: say what the key is for")
	}
	return k, nil
}

func defaultKeysFile(data string) string { return filepath.Join(data, "keys.json") }

// parse takes flags from the environment first, then from the command line.
func (p Program) parse(fs *flag.FlagSet, args []string, env Env) error {
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		name := p.EnvPrefix() + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v := env(name); v != "" {
			if err := fs.Set(f.Name, v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return fs.Parse(args)
}

func (p Program) usage(fs *flag.FlagSet) {
	_, _ = fmt.Fprintf(fs.Output(), `Usage:
  %[1]s [flags]                  run workflows: Conductor's API at http://ADDRESS/api, the console at http://ADDRESS
  %[1]s key create --name NAME   make an access key for --auth keys and print its secret, once
  %[1]s export [--data DIR] FILE write all of a data plane into a file, also while it runs
  %[1]s import [--data DIR] FILE read such a file into a data plane that is stopped
  %[1]s lift-fence [--data DIR]  let an imported copy do by itself what its original does
  %[1]s supervise --programs DIR --release-keys KEYS -- [flags]
                         run workflows, and replace the program by signed releases when the control plane asks for it
  %[1]s version                  print the version

Each flag can also be set by an environment variable: --http-allow is %[2]sHTTP_ALLOW.

Flags:
`, p.Name, p.EnvPrefix())
	fs.PrintDefaults()
}

// resolve fills in what follows from other settings, and refuses what does not fit together. It names every problem.
func (c *Config) resolve(auth, allow, level string, data bool, exists Exists) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if err := c.LogLevel.UnmarshalText([]byte(level)); err != nil {
		fail("--log-level must be debug, info, warn or error, not %q", level)
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		fail("--listen must be host:port, not %q", c.Listen)
	}
	local := err == nil && loopback(host)
	if c.GRPC != "" {
		var grpcHost string
		if grpcHost, c.GRPC, err = address(c.GRPC, host); err != nil {
			fail("--grpc-listen %w", err)
		}
		local = local && loopback(grpcHost)
	}
	if c.KeyCalls < 0 {
		fail("--calls-per-key must not be negative")
	}
	if c.Retention < 0 {
		fail("--retention must not be negative")
	}
	if c.PayloadThreshold < 1 {
		fail("--payload-threshold must be at least 1")
	}
	switch {
	case c.Nodes.Postgres != "" || c.Nodes.Redis != "":
		if data {
			fail("--data is for an embedded store: leave it out, or --postgres and --redis")
		}
		c.Data = ""
		c.nodes(host, fail)
	case c.Data == "":
		fail("--data must name a folder")
	default:
		c.Nodes = nil
	}
	switch {
	case allow != "":
		c.HTTPAllow = strings.Split(allow, ",")
		if _, err := guard.Parse(c.HTTPAllow); err != nil {
			fail("--http-allow: %w", err)
		}
	case local:
		c.HTTPAllow = []string{"*"}
	}
	if c.Link.ControlPlane == "" {
		c.standAlone(exists, fail)
	} else {
		c.linked(host, fail)
	}
	c.authenticate(auth, local, fail)
	switch {
	case c.PayloadStore != "" && c.PayloadDir != "":
		fail("--payload-dir and --payload-store: only one can be the place of large payloads")
	case c.PayloadDir == "" && c.PayloadStore == "" && c.Data != "":
		c.PayloadDir = filepath.Join(c.Data, "payloads")
	}
	if c.Archive && c.PayloadDir == "" && c.PayloadStore == "" {
		fail("--archive: name the place with --payload-dir or --payload-store")
	}
	return errors.Join(errs...)
}

// commands reads which commands of the control plane are refused.
func (c *Config) commands(refuse string) error {
	for kind := range strings.SplitSeq(refuse, ",") {
		switch kind = strings.TrimSpace(kind); {
		case kind == "":
		case kind == "all":
			c.Link.Off = fleetapi.CommandKinds()
		case fleetapi.CommandKind(kind).Known():
			c.Link.Off = append(c.Link.Off, fleetapi.CommandKind(kind))
		default:
			return fmt.Errorf("--refuse-commands must name commands (%s) or say all, not %q", fleetapi.CommandKinds(), kind)
		}
	}
	return nil
}

// observability checks how the server lets itself be watched.
func (c *Config) observability(logFormat string) error {
	var errs []error
	switch logFormat {
	case "text", "json":
		c.LogJSON = logFormat == "json"
	default:
		errs = append(errs, fmt.Errorf("--log-format must be text or json, not %q", logFormat))
	}
	if c.Debug != "" {
		var err error
		if _, c.Debug, err = address(c.Debug, "127.0.0.1"); err != nil {
			errs = append(errs, fmt.Errorf("--debug-listen %w", err))
		}
	}
	return errors.Join(errs...)
}

// address reads host:port; a port alone is one of the host given.
func address(s, host string) (named, whole string, err error) {
	named, port, err := net.SplitHostPort(s)
	if err != nil {
		named, port = "", s
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", s, fmt.Errorf("must be host:port or a port, not %q", s)
	}
	if named == "" {
		named = host
	}
	return named, net.JoinHostPort(named, strconv.FormatUint(n, 10)), nil
}

func (c *Config) standAlone(exists Exists, fail func(string, ...any)) {
	l := c.Link
	if l.JoinTokenFile != "" || l.JoinToken != "" || l.File != "" || l.NodeName != "" || l.Console || l.Off != nil || l.BackupDir != "" {
		fail("--join-token-file, --join-token, --link-file, --node-name, --console-through-link, --refuse-commands and --backup-dir need --control-plane")
	}
	if c.KeysFile == "" && c.Data != "" && exists(defaultKeysFile(c.Data)) {
		c.KeysFile = defaultKeysFile(c.Data)
	}
	c.Link = nil
}

// nodes checks what a node shares with others.
func (c *Config) nodes(host string, fail func(string, ...any)) {
	for name, kind := range map[string]struct {
		url     string
		schemes []string
	}{"postgres": {c.Nodes.Postgres, []string{"postgres", "postgresql"}}, "redis": {c.Nodes.Redis, []string{"redis", "rediss", "unix"}}} {
		u, err := url.Parse(kind.url)
		switch {
		case kind.url == "":
			fail("--%s is missing: --postgres and --redis belong together", name)
		case err != nil || !slices.Contains(kind.schemes, u.Scheme):
			fail("--%s must be a URL that begins with %s://", name, kind.schemes[0]) // without the URL: it may hold a password
		}
	}
	if c.Nodes.Listen == "" {
		c.Nodes.Listen = net.JoinHostPort(host, "0")
	}
	listen, _, err := net.SplitHostPort(c.Nodes.Listen)
	if err != nil {
		fail("--node-listen must be host:port, not %q", c.Nodes.Listen)
	} else if c.Nodes.Advertise == "" && (listen == "" || unspecified(listen)) {
		fail("--node-advertise is needed: other nodes cannot call %q", c.Nodes.Listen)
	}
}

func (c *Config) linked(host string, fail func(string, ...any)) {
	if err := checkURL(c.Link.ControlPlane, true); err != nil {
		fail("--control-plane %w", err)
	}
	if c.ClusterID == "" {
		fail("--control-plane needs --cluster-id")
	}
	if (c.Link.JoinTokenFile == "") == (c.Link.JoinToken == "") {
		fail("--control-plane needs --join-token-file or --join-token, one of them")
	}
	if c.Link.File == "" && c.Data != "" {
		c.Link.File = filepath.Join(c.Data, "link.json")
	}
	if c.KeysFile != "" {
		fail("--keys-file is for stand-alone servers: with --control-plane the keys come from there")
	}
	switch a := c.Link.Advertise; {
	case a != "":
		if err := checkURL(a, false); err != nil {
			fail("--advertise %w", err)
		} else if !strings.HasSuffix(a, "/api") {
			fail("--advertise must end in /api, not %q", a)
		}
	case host == "" || unspecified(host):
		fail("--advertise is needed: workers cannot call %q", c.Listen)
	}
}

// authenticate decides the mode. An open server that others can reach must be asked for in so many words.
func (c *Config) authenticate(auth string, local bool, fail func(string, ...any)) {
	keys := c.KeysFile != "" || c.Link != nil
	switch {
	case auth != "" && auth != string(access.None) && auth != string(access.Keys):
		fail("--auth must be none or keys, not %q", auth)
	case auth == string(access.Keys) && !keys:
		fail("--auth keys needs keys: make one with %q, or name a --keys-file", c.keyCreate())
	case auth != "":
		c.Auth = access.Mode(auth)
	case keys:
		c.Auth = access.Keys
	case local:
		c.Auth = access.None
	default:
		listens := "--listen " + c.Listen
		if c.GRPC != "" {
			listens += " or --grpc-listen " + c.GRPC
		}
		fail("%s can be reached by others, and no authentication is configured: make an access key with "+
			"%q, or say --auth none to let everyone in", listens, c.keyCreate())
	}
	if c.SecretKeyFile == "" && c.Data != "" {
		c.SecretKeyFile = filepath.Join(c.Data, "secret.key")
	}
	switch {
	case c.SigningKeyFile != "" || c.Auth == access.None:
	case c.Data != "":
		c.SigningKeyFile = filepath.Join(c.Data, "signing.pem")
	default:
		fail("--signing-key-file is missing: all nodes must sign tokens with the same key")
	}
	if c.Auth == access.None {
		c.KeysFile = ""
	}
}

// keyCreate is the command that makes an access key.
func (c *Config) keyCreate() string {
	if c.Data == "" {
		return c.command + " key create --name NAME --keys-file FILE"
	}
	return c.command + " key create --name NAME --data " + c.Data
}

// checkURL wants an http or https URL, and with secure https unless it leads to loopback.
func checkURL(s string, secure bool) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("must be an http or https URL, not %q", s)
	}
	if secure && u.Scheme == "http" && !loopback(u.Hostname()) {
		return fmt.Errorf("must be https, as tokens travel over it; http is for loopback only: %q", s)
	}
	return nil
}

// loopback reports whether a host can only be this machine. Names other than localhost could be anything.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

func unspecified(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsUnspecified()
}
