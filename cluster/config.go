package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso"
)

// Config is what a Cluster needs. Zero values mean the defaults; Info is
// required, and either Discovery or Discoverer.
type Config struct {
	// Info says who this node is. It is called often and from several
	// goroutines, and must not block: what it reports (such as the hashes of
	// profiles) may change, the id may not. An empty Boot is filled in by New,
	// empty Addresses once the port is open.
	Info func() lasso.NodeInfo

	Name       string     // the basename: only nodes of the same name join; default "lasso"
	Discovery  string     // "dns", "mdns" or "nats"
	Discoverer Discoverer // takes the place of Discovery

	DNSQuery  string // the name that resolves to all nodes; SRV when it starts with "_"
	DNSServer string // host:port of a resolver; default: that of the system

	Bind      string // the IP address to listen on; default all
	Port      int    // the cluster port; 0 or -1: any free one
	Advertise string // host or host:port under which peers reach this node, where it is not Bind

	// Secret is shared by all nodes: at least MinSecret bytes. Keys for mutual
	// TLS are derived from it; it is never sent.
	Secret []byte

	// CertFile, KeyFile and CAFile are PEM files for mutual TLS. They win over
	// Secret.
	CertFile, KeyFile, CAFile string

	NATSURL   string // an existing NATS to use instead of an engine and discovery of our own
	NATSCreds string // its credentials file

	PollInterval   time.Duration // between look-ups in DNS; default 5 s
	HealthInterval time.Duration // between health checks; default 15 s
	HealthTimeout  time.Duration // for the answer to one; default 5 s
	HealthFailures int           // in a row that make a node unresponsive; default 3
	AskTimeout     time.Duration // the longest that Ask waits; default 5 s
	BeatInterval   time.Duration // between signs of life; default 2 s
	Presence       time.Duration // between looks at the mesh, besides those on its signals; default 500 ms

	Expected   int           // how many nodes there should be; 0: not known
	KeepFor    time.Duration // how long a node that left stays known; default 24 h
	MaxPayload int           // bytes of one message, after which it is refused; default 8 MiB

	Now func() time.Time // the clock; default time.Now

	routePing time.Duration // between pings of a route; default 3 s
}

// The defaults and limits of Config.
const (
	DefaultName           = "lasso"
	DefaultPort           = 4369
	DefaultPollInterval   = 5 * time.Second
	DefaultHealthInterval = 15 * time.Second
	DefaultHealthTimeout  = 5 * time.Second
	DefaultHealthFailures = 3
	DefaultAskTimeout     = 5 * time.Second
	DefaultBeatInterval   = 2 * time.Second
	DefaultPresence       = 500 * time.Millisecond
	DefaultKeepFor        = 24 * time.Hour
	DefaultMaxPayload     = 8 << 20
	MinSecret             = 16
)

// The kinds of discovery.
const (
	DNS  = "dns"
	MDNS = "mdns"
	NATS = "nats"
)

// headroom is what a message needs beside its body.
const headroom = 16 << 10

func (c *Config) setDefaults() {
	c.Name = cmp.Or(c.Name, DefaultName)
	if c.Port == 0 {
		c.Port = -1
	}
	c.PollInterval = cmp.Or(c.PollInterval, DefaultPollInterval)
	c.HealthInterval = cmp.Or(c.HealthInterval, DefaultHealthInterval)
	c.HealthTimeout = cmp.Or(c.HealthTimeout, DefaultHealthTimeout)
	c.HealthFailures = cmp.Or(c.HealthFailures, DefaultHealthFailures)
	c.AskTimeout = cmp.Or(c.AskTimeout, DefaultAskTimeout)
	c.BeatInterval = cmp.Or(c.BeatInterval, DefaultBeatInterval)
	c.Presence = cmp.Or(c.Presence, DefaultPresence)
	c.KeepFor = cmp.Or(c.KeepFor, DefaultKeepFor)
	c.routePing = cmp.Or(c.routePing, defaultRoutePing)
	c.MaxPayload = cmp.Or(c.MaxPayload, DefaultMaxPayload)
	if c.NATSURL != "" {
		c.Discovery, c.Discoverer = NATS, nil
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// Validate reports all mistakes at once, each with the environment variable
// that holds it.
func (c *Config) Validate() error {
	v := *c
	v.setDefaults()
	var errs []error
	bad := func(variable, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", variable, fmt.Sprintf(format, args...)))
	}
	if v.Info == nil {
		errs = append(errs, errors.New("no Info: a node must say who it is"))
	} else if err := lasso.ValidNodeID(v.Info().ID); err != nil {
		bad("LASSO_NODE_ID", "%v", err)
	}
	if !validName(v.Name) {
		bad("CLUSTER_NODE_BASENAME", "%q: use up to 64 letters, digits, - and _", v.Name)
	}
	v.validateDiscovery(bad)
	v.validateAddress(bad)
	v.validateSecurity(bad)
	v.validateTimes(bad)
	return errors.Join(errs...)
}

type complaint = func(variable, format string, args ...any)

func (c *Config) validateDiscovery(bad complaint) {
	if c.DNSServer != "" {
		if _, _, err := net.SplitHostPort(c.DNSServer); err != nil {
			bad("CLUSTER_DNS_SERVER", "%q is not host:port", c.DNSServer)
		}
	}
	if c.Discoverer != nil {
		return
	}
	switch c.Discovery {
	case DNS:
		switch {
		case c.DNSQuery == "":
			bad("CLUSTER_DNS_QUERY", "missing: the name that resolves to all nodes")
		case c.Port <= 0 && !strings.HasPrefix(c.DNSQuery, "_"):
			bad("CLUSTER_PORT", "address records carry no port, so all nodes need the same one, such as %d", DefaultPort)
		}
	case MDNS:
	case NATS:
		if c.NATSURL == "" {
			bad("CLUSTER_NATS_URL", "missing: the address of the NATS to use")
		}
	default:
		bad("CLUSTER_DISCOVERY", "%q: use dns or mdns", c.Discovery)
	}
}

func (c *Config) validateAddress(bad complaint) {
	if c.Port < -1 || c.Port > 65535 {
		bad("CLUSTER_PORT", "%d is no port", c.Port)
	}
	bind, err := netip.ParseAddr(cmp.Or(c.Bind, "0.0.0.0"))
	if err != nil {
		bad("CLUSTER_BIND", "%q is not an IP address", c.Bind)
	}
	if c.Advertise == "" {
		return
	}
	host, _, err := splitHostPort(c.Advertise)
	if err != nil {
		bad("CLUSTER_ADVERTISE", "%v", err)
		return
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil: // a name; it is resolved by those who dial
	case addr.IsUnspecified():
		bad("CLUSTER_ADVERTISE", "%s is every address and none: name the one that peers reach", host)
	case addr.IsLoopback() && !bind.IsLoopback():
		bad("CLUSTER_ADVERTISE", "%s is the loopback address: peers on other machines would dial themselves", host)
	}
}

func (c *Config) validateSecurity(bad complaint) {
	if n := len(c.Secret); n > 0 && n < MinSecret {
		bad("CLUSTER_SECRET", "%d bytes can be guessed; use at least %d, such as the output of openssl rand -base64 32", n, MinSecret)
	}
	files := []struct{ variable, path string }{
		{"CLUSTER_TLS_CERT", c.CertFile}, {"CLUSTER_TLS_KEY", c.KeyFile}, {"CLUSTER_TLS_CA", c.CAFile},
	}
	if c.CertFile+c.KeyFile+c.CAFile != "" {
		for _, f := range files {
			if f.path == "" {
				bad(f.variable, "missing: mutual TLS needs certificate, key and authority")
			}
		}
	}
	if c.NATSURL != "" {
		for one := range strings.SplitSeq(c.NATSURL, ",") {
			if u, err := url.Parse(strings.TrimSpace(one)); err != nil || u.Host == "" {
				bad("CLUSTER_NATS_URL", "not a URL such as nats://host:4222")
			}
		}
	} else if c.NATSCreds != "" {
		bad("CLUSTER_NATS_CREDS", "has no effect without CLUSTER_NATS_URL")
	}
}

func (c *Config) validateTimes(bad complaint) {
	for _, d := range []struct {
		variable string
		value    time.Duration
	}{
		{"CLUSTER_POLL_INTERVAL", c.PollInterval},
		{"CLUSTER_HEALTH_INTERVAL", c.HealthInterval},
		{"CLUSTER_HEALTH_TIMEOUT", c.HealthTimeout},
		{"AskTimeout", c.AskTimeout},
		{"BeatInterval", c.BeatInterval},
		{"Presence", c.Presence},
		{"KeepFor", c.KeepFor},
	} {
		if d.value < time.Millisecond {
			bad(d.variable, "%v is too short", d.value)
		}
	}
	if c.HealthTimeout > c.HealthInterval {
		bad("CLUSTER_HEALTH_TIMEOUT", "%v is longer than CLUSTER_HEALTH_INTERVAL, %v", c.HealthTimeout, c.HealthInterval)
	}
	if c.HealthFailures < 1 {
		bad("CLUSTER_HEALTH_FAILURES", "%d: at least 1", c.HealthFailures)
	}
	if c.Expected < 0 || c.Expected > maxNodes {
		bad("CLUSTER_EXPECTED", "%d: between 0 and %d", c.Expected, maxNodes)
	}
	if c.MaxPayload < 2*headroom || c.MaxPayload > 64<<20 {
		bad("MaxPayload", "%d: between %d and %d bytes", c.MaxPayload, 2*headroom, 64<<20)
	}
}

// splitHostPort reads "host" or "host:port"; without one the port is 0.
func splitHostPort(s string) (host string, port int, err error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.String(), 0, nil
	}
	if !strings.Contains(s, ":") {
		return s, 0, nil
	}
	host, p, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not host or host:port", s)
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 1 || port > 65535 || host == "" {
		return "", 0, fmt.Errorf("%q is not host or host:port", s)
	}
	return host, port, nil
}

// validName tells whether s may be the name of a cluster: it is part of the
// subjects of messages.
func validName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
		default:
			return false
		}
	}
	return true
}
