// Package config turns flags and environment into a checked Config.
package config

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/podium-cloud/podium/dataplane/release"
)

// Config is what the control plane is told. Parse returns only valid ones.
type Config struct {
	Listen     string // host:port
	Data       string // folder of everything that this process keeps; absolute
	Postgres   string // URL; empty: SQLite in Data
	Redis      string // URL; with Postgres, clusters of this machine are lent parts of both. Empty: they have stores of their own
	EdgeBinary string // the data plane's program
	// DataplaneBinary is that of nodes which share what they keep, and Balancer the command of what stands before them.
	DataplaneBinary string
	Balancer        []string
	Versions        string       // folder of further releases of these programs; "": there are none
	ReleaseKeys     release.Keys // public keys, of which one has to have signed a release for data planes in customers' networks
	// LocalNetworks is the range that clusters of this machine take ranges from for networks of their own; the zero value: they
	// have none, and serve on loopback.
	LocalNetworks netip.Prefix
	PublicURL     string // where browsers and data planes reach it, without a path; empty: http(s)://Listen
	TLSCert       string // PEM file; empty: plain HTTP
	TLSKey        string
	SSOAllow      []netip.Prefix // networks where identity providers may be although they are not public; any one allows http
	KMSKey        string         // AWS KMS key that wraps the keys of organizations; empty: a file in Data
	Proxies       []netip.Prefix // proxies in front, whose X-Forwarded-For is believed
	AddressCalls  int            // how many calls a minute one network address may make; 0: any number
	CallerCalls   int            // how many calls a minute one person or service account may make; 0: any number
	DNSServer     string         // host:port that is asked for names of tenants; empty: the system's
	DeletionGrace time.Duration  // for which an organization that is to be deleted may be kept
	Plans         string         // file of the plans of organizations; empty: one plan without limits
	Prices        string         // file with what clusters cost; empty: nothing is charged for
	AWS           AWS            // the cloud of an account of Amazon Web Services
}

// Process is what Parse reads of the process.
type Process struct {
	Args       []string // without the program and the subcommand
	Env        func(key string) string
	Executable string // path of the own program
	Stderr     io.Writer
}

// Parse reads the flags, whose defaults the environment changes. It returns flag.ErrHelp after printing the usage.
func Parse(p Process) (Config, error) {
	var c Config
	var insecure bool
	var ssoAllow, localNetworks, proxies string
	flags := flag.NewFlagSet("podium serve", flag.ContinueOnError)
	flags.SetOutput(p.Stderr)
	flags.StringVar(&c.Listen, "listen", cmp.Or(p.Env("PODIUM_LISTEN"), "127.0.0.1:8080"),
		"`address` to listen on, host:port (environment: PODIUM_LISTEN)")
	flags.StringVar(&c.Data, "data", cmp.Or(p.Env("PODIUM_DATA"), ".podium"),
		"`folder` for all data, data planes included (environment: PODIUM_DATA)")
	flags.StringVar(&c.Postgres, "postgres", "",
		"`URL` of a PostgreSQL database instead of the embedded one (environment: PODIUM_POSTGRES)")
	flags.StringVar(&c.EdgeBinary, "edge-binary", filepath.Join(filepath.Dir(p.Executable), "edge"),
		"`program` of the data planes that run on this machine")
	flags.StringVar(&c.Redis, "redis", "",
		"`URL` of a Redis: with --postgres, clusters on this machine get databases of their own in both, and can have several\n"+
			"nodes; the PostgreSQL role has to be one that may make databases and roles, the Redis user one that may make users\n"+
			"(environment: PODIUM_REDIS)")
	flags.StringVar(&c.DataplaneBinary, "dataplane-binary", filepath.Join(filepath.Dir(p.Executable), "dataplane"),
		"`program` of the data planes that run on this machine on PostgreSQL and Redis")
	flags.StringVar(&c.Versions, "versions", p.Env("PODIUM_VERSIONS"),
		"`folder` of further releases that clusters on this machine can be upgraded to: one folder for each, named by its version,\n"+
			"with the programs edge and dataplane (environment: PODIUM_VERSIONS)")
	releaseKeys := flags.String("release-keys", p.Env("PODIUM_RELEASE_KEYS"),
		"public `keys`, parted by commas, that releases in --versions are signed with; data planes in customers' networks are given\n"+
			"them when they are installed, and can then be updated to these releases (environment: PODIUM_RELEASE_KEYS)")
	c.Balancer = []string{p.Executable, "balance"}
	flags.StringVar(&localNetworks, "local-networks", p.Env("PODIUM_LOCAL_NETWORKS"),
		"`range` such as 10.64.0.0/10: clusters on this machine get networks of their own in it, which can be peered; needs\n"+
			"Linux, root, and the programs ip and nft (environment: PODIUM_LOCAL_NETWORKS)")
	flags.StringVar(&c.PublicURL, "public-url", p.Env("PODIUM_PUBLIC_URL"),
		"`URL` under which browsers and data planes reach the control plane, if not the address it listens on\n"+
			"(environment: PODIUM_PUBLIC_URL)")
	flags.StringVar(&c.TLSCert, "tls-cert", "", "`file` with the certificate chain (PEM), to serve https")
	flags.StringVar(&c.TLSKey, "tls-key", "", "`file` with the certificate's private key (PEM)")
	flags.StringVar(&ssoAllow, "sso-allow", p.Env("PODIUM_SSO_ALLOW"),
		"`networks` such as 10.0.0.0/8,127.0.0.1 where identity providers of organizations may be, by http too, although\n"+
			"they are not public (environment: PODIUM_SSO_ALLOW)")
	flags.StringVar(&c.DNSServer, "dns-server", p.Env("PODIUM_DNS_SERVER"),
		"`host:port` of the name server that is asked for identity providers and e-mail domains of organizations, if not the\n"+
			"system's (environment: PODIUM_DNS_SERVER)")
	flags.StringVar(&proxies, "trusted-proxies", p.Env("PODIUM_TRUSTED_PROXIES"),
		"`networks` of the proxies in front, whose header X-Forwarded-For is believed (environment: PODIUM_TRUSTED_PROXIES)")
	flags.IntVar(&c.AddressCalls, "calls-per-address", 6000, "`number` of calls a minute that one network address may make; 0: any")
	flags.IntVar(&c.CallerCalls, "calls-per-caller", 1200, "`number` of calls a minute that one person or service account may make; 0: any")
	regions, versions := c.AWS.flags(flags, p.Env)
	flags.StringVar(&c.KMSKey, "kms-key", p.Env("PODIUM_KMS_KEY"),
		"`ARN` of the AWS KMS key that wraps the keys of organizations, instead of a file in the data folder; credentials and\n"+
			"region come from where the AWS tools take them (environment: PODIUM_KMS_KEY)")
	grace := flags.String("deletion-grace", cmp.Or(p.Env("PODIUM_DELETION_GRACE"), "168h"),
		"`time` such as 168h for which an organization that is to be deleted may be kept (environment: PODIUM_DELETION_GRACE)")
	flags.StringVar(&c.Plans, "plans", p.Env("PODIUM_PLANS"),
		"`file` (JSON) with the plans of organizations and their limits; without one nothing is limited (environment: PODIUM_PLANS)")
	flags.StringVar(&c.Prices, "prices", p.Env("PODIUM_PRICES"),
		"`file` (JSON) with what clusters cost; without one nothing is charged for, and people are told so (environment: PODIUM_PRICES)")
	flags.BoolVar(&insecure, "insecure-http", false, "serve plain http on an address that is not loopback")
	if err := flags.Parse(p.Args); err != nil {
		return Config{}, err
	}
	if flags.NArg() > 0 {
		return Config{}, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	// Not a default, as the usage would print the password in it.
	c.Postgres = cmp.Or(c.Postgres, p.Env("PODIUM_POSTGRES"))
	c.Redis = cmp.Or(c.Redis, p.Env("PODIUM_REDIS"))
	var err, proxyErr error
	c.SSOAllow, err = parseNetworks("--sso-allow", ssoAllow)
	c.Proxies, proxyErr = parseNetworks("--trusted-proxies", proxies)
	err = errors.Join(err, proxyErr)
	if keys, keysErr := release.ParseKeys(*releaseKeys); keysErr != nil {
		err = errors.Join(err, fmt.Errorf("--release-keys: %w", keysErr))
	} else {
		c.ReleaseKeys = keys
	}
	if c.AddressCalls < 0 || c.CallerCalls < 0 {
		err = errors.Join(err, errors.New("--calls-per-address, --calls-per-caller: must not be negative"))
	}
	var rangeErr error
	if c.LocalNetworks, rangeErr = parseRange(localNetworks); rangeErr != nil {
		err = errors.Join(err, rangeErr)
	}
	if c.DeletionGrace, rangeErr = time.ParseDuration(*grace); rangeErr != nil || c.DeletionGrace < 0 || c.DeletionGrace > longestGrace {
		err = errors.Join(err, fmt.Errorf("--deletion-grace: %q is not a time of 0s to %s such as 168h", *grace, longestGrace))
	}
	return c, errors.Join(err, c.AWS.complete(*regions, *versions), c.complete(insecure))
}

// longestGrace is the longest time for which an organization that is to be deleted may be kept.
const longestGrace = 90 * 24 * time.Hour

// parseRange reads the range of the networks of this machine; the zero value for an empty text.
func parseRange(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil || !p.Addr().Is4() || p.Masked() != p || p.Bits() > 20 {
		return p, fmt.Errorf("--local-networks: %q is not a range such as 10.64.0.0/10, of the size /20 or larger", text)
	}
	return p, nil
}

// parseNetworks reads networks and single addresses, parted by commas.
func parseNetworks(name, text string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	var wrong []error
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if a, err := netip.ParseAddr(one); err == nil {
			networks = append(networks, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
		} else if p, err := netip.ParsePrefix(one); err == nil {
			networks = append(networks, p.Masked())
		} else {
			wrong = append(wrong, fmt.Errorf("%s: %q is neither an address nor a network such as 10.0.0.0/8", name, one))
		}
	}
	return networks, errors.Join(wrong...)
}

// complete fills in what follows from other values and returns all that is wrong.
func (c *Config) complete(insecure bool) error {
	var wrong []error
	wrong = append(wrong, c.checkListen(insecure))
	if (c.TLSCert == "") != (c.TLSKey == "") {
		wrong = append(wrong, errors.New("--tls-cert and --tls-key: give both or none"))
	}
	if c.PublicURL != "" {
		wrong = append(wrong, checkURL("--public-url", c.PublicURL, "http", "https"))
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	}
	if c.DNSServer != "" {
		if _, _, err := net.SplitHostPort(c.DNSServer); err != nil {
			wrong = append(wrong, fmt.Errorf("--dns-server %q: must be host:port", c.DNSServer))
		}
	}
	if c.Postgres != "" {
		wrong = append(wrong, checkURL("--postgres", c.Postgres, "postgres", "postgresql"))
	}
	if c.Redis != "" {
		wrong = append(wrong, checkURL("--redis", c.Redis, "redis", "rediss", "unix"))
		if c.Postgres == "" {
			wrong = append(wrong, errors.New("--redis: needs --postgres, as nodes that share one share both"))
		}
	}
	if c.EdgeBinary == "" {
		wrong = append(wrong, errors.New("--edge-binary: must not be empty"))
	}
	if c.Data == "" {
		wrong = append(wrong, errors.New("--data: must not be empty"))
	} else if path, err := filepath.Abs(c.Data); err != nil {
		wrong = append(wrong, fmt.Errorf("--data: %w", err))
	} else {
		c.Data = path
	}
	return errors.Join(wrong...)
}

// checkListen keeps passwords and tokens from travelling in the clear. Data planes of this machine call over loopback when
// there is no TLS, so then the address is loopback or all.
func (c *Config) checkListen(insecure bool) error {
	host, port, err := net.SplitHostPort(c.Listen)
	ip, ipErr := netip.ParseAddr(host)
	all := host == "" || ipErr == nil && ip.IsUnspecified()
	switch {
	case err != nil:
		return fmt.Errorf("--listen %q: must be host:port", c.Listen)
	case all && c.PublicURL == "":
		return fmt.Errorf("--public-url: is required to listen on all addresses (%s)", c.Listen)
	case c.TLSCert != "" || loopback(host):
		return nil
	case !insecure:
		return fmt.Errorf("--listen %s: is not a loopback address, and passwords would travel in the clear; "+
			"give --tls-cert and --tls-key, or say --insecure-http, for instance behind a proxy that does TLS", c.Listen)
	case !all:
		return fmt.Errorf("--listen %s: without TLS it must be a loopback address or all (0.0.0.0:%s), "+
			"as data planes of this machine call over loopback", c.Listen, port)
	}
	return nil
}

// checkURL does not repeat the value, which may hold a password.
func checkURL(name, value string, schemes ...string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("%s: must be a URL that begins with %s://", name, strings.Join(schemes, ":// or "))
	case schemes[0] == "http" && (u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != ""):
		return fmt.Errorf("%s: must be a host, with a port if need be, and nothing more", name)
	}
	return nil
}

// loopback reports whether only this machine reaches the host.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
