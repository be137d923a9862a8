package cluster

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FromEnv reads a Config from the environment: see docs/configuration.md for
// the variables. A variable that is empty counts as not set. The result lacks
// Info.
//
// It is not enabled, and the node stands alone, unless CLUSTER_DISCOVERY=mdns
// or CLUSTER_NATS_URL is set, or CLUSTER_DNS_QUERY and CLUSTER_NODE_BASENAME
// both are. The error names every variable that cannot be read; where only the
// combination is wrong, Config.Validate says so.
func FromEnv(getenv func(string) (string, bool)) (cfg Config, enabled bool, err error) {
	e := env{get: getenv}
	cfg = Config{
		Name:      e.text("CLUSTER_NODE_BASENAME"),
		DNSQuery:  e.text("CLUSTER_DNS_QUERY"),
		DNSServer: e.text("CLUSTER_DNS_SERVER"),
		Bind:      e.text("CLUSTER_BIND"),
		Advertise: e.text("CLUSTER_ADVERTISE"),
		CertFile:  e.text("CLUSTER_TLS_CERT"),
		KeyFile:   e.text("CLUSTER_TLS_KEY"),
		CAFile:    e.text("CLUSTER_TLS_CA"),
		NATSURL:   e.text("CLUSTER_NATS_URL"),
		NATSCreds: e.text("CLUSTER_NATS_CREDS"),
		Secret:    e.secret(),
	}
	discovery := strings.ToLower(e.text("CLUSTER_DISCOVERY"))
	switch {
	case discovery != "" && discovery != DNS && discovery != MDNS:
		e.bad("CLUSTER_DISCOVERY", fmt.Errorf("%q: use dns or mdns", discovery))
		return cfg, false, errors.Join(e.errs...)
	case cfg.NATSURL != "":
		cfg.Discovery = NATS
	case discovery == MDNS:
		cfg.Discovery = MDNS
	case discovery == DNS, cfg.DNSQuery != "" && cfg.Name != "":
		cfg.Discovery = DNS
		cfg.Port = DefaultPort
		if cfg.DNSQuery == "" {
			e.bad("CLUSTER_DNS_QUERY", errors.New("missing: CLUSTER_DISCOVERY=dns needs the name that resolves to all nodes"))
		}
		if cfg.Name == "" {
			e.bad("CLUSTER_NODE_BASENAME", errors.New("missing: CLUSTER_DISCOVERY=dns needs the name that all nodes share, such as lasso"))
		}
	default:
		return Config{}, false, nil
	}
	if cfg.Discovery != MDNS && e.text("LASSO_NODE_ID") == "" {
		e.bad("LASSO_NODE_ID", errors.New("missing: in a cluster every node needs an id of its own that stays the same, such as us-east-1"))
	}
	e.number("CLUSTER_PORT", &cfg.Port)
	e.number("CLUSTER_HEALTH_FAILURES", &cfg.HealthFailures)
	e.number("CLUSTER_EXPECTED", &cfg.Expected)
	e.span("CLUSTER_POLL_INTERVAL", &cfg.PollInterval)
	e.span("CLUSTER_HEALTH_INTERVAL", &cfg.HealthInterval)
	e.span("CLUSTER_HEALTH_TIMEOUT", &cfg.HealthTimeout)
	return cfg, true, errors.Join(e.errs...)
}

// env reads variables and collects what is wrong with them.
type env struct {
	get  func(string) (string, bool)
	errs []error
}

func (e *env) bad(name string, err error) { e.errs = append(e.errs, fmt.Errorf("%s: %w", name, err)) }

func (e *env) text(name string) string {
	s, _ := e.get(name)
	return strings.TrimSpace(s)
}

func (e *env) number(name string, into *int) {
	s := e.text(name)
	if s == "" {
		return
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		e.bad(name, fmt.Errorf("%q is not a number", s))
		return
	}
	*into = n
}

func (e *env) span(name string, into *time.Duration) {
	s := e.text(name)
	if s == "" {
		return
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		e.bad(name, fmt.Errorf("%q is not a time such as 5s or 250ms", s))
		return
	}
	*into = d
}

// secret returns CLUSTER_SECRET as it stands, or else a key derived from
// SECRET_KEY_BASE, which has other uses besides.
func (e *env) secret() []byte {
	if s := e.text("CLUSTER_SECRET"); s != "" {
		return []byte(s)
	}
	base := e.text("SECRET_KEY_BASE")
	if base == "" {
		return nil
	}
	if len(base) < MinSecret {
		e.bad("SECRET_KEY_BASE", fmt.Errorf("%d bytes can be guessed; use at least %d, or set CLUSTER_SECRET", len(base), MinSecret))
		return nil
	}
	key, err := hkdf.Key(sha256.New, []byte(base), nil, "lasso cluster secret", sha256.Size)
	if err != nil {
		e.bad("SECRET_KEY_BASE", err)
		return nil
	}
	return key
}
