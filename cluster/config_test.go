package cluster

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

func TestFromEnv(t *testing.T) {
	t.Parallel()
	dns := map[string]string{"CLUSTER_DNS_QUERY": "lasso.internal", "CLUSTER_NODE_BASENAME": "lasso", "LASSO_NODE_ID": "us-east-1"}
	for _, c := range []struct {
		name    string
		env     map[string]string // added to dns, when base
		base    bool
		enabled bool
		errs    []string
		check   func(Config) bool
	}{
		{name: "nothing"},
		{name: "query alone", env: map[string]string{"CLUSTER_DNS_QUERY": "lasso.internal"}},
		{name: "basename alone", env: map[string]string{"CLUSTER_NODE_BASENAME": "lasso"}},
		{name: "empty", env: map[string]string{"CLUSTER_NODE_BASENAME": ""}, base: true},
		{name: "both", base: true, enabled: true, check: func(c Config) bool {
			return c.Discovery == DNS && c.Port == 4369 && c.Name == "lasso" && c.DNSQuery == "lasso.internal" && c.Secret == nil
		}},
		{name: "all", base: true, enabled: true, env: map[string]string{
			"CLUSTER_PORT": "5000", "CLUSTER_BIND": "10.0.0.1", "CLUSTER_ADVERTISE": "10.0.0.2", "CLUSTER_DISCOVERY": "dns",
			"CLUSTER_DNS_SERVER": "10.0.0.53:53", "CLUSTER_SECRET": "sixteen bytes or so", "CLUSTER_POLL_INTERVAL": "1s",
			"CLUSTER_HEALTH_INTERVAL": "30s", "CLUSTER_HEALTH_TIMEOUT": "2s", "CLUSTER_HEALTH_FAILURES": "5", "CLUSTER_EXPECTED": "3",
		}, check: func(c Config) bool {
			return c.Port == 5000 && c.Bind == "10.0.0.1" && c.Advertise == "10.0.0.2" && c.DNSServer == "10.0.0.53:53" &&
				string(c.Secret) == "sixteen bytes or so" && c.PollInterval == time.Second && c.HealthInterval == 30*time.Second &&
				c.HealthTimeout == 2*time.Second && c.HealthFailures == 5 && c.Expected == 3
		}},
		{name: "no id", base: true, enabled: true, env: map[string]string{"LASSO_NODE_ID": ""}, errs: []string{"LASSO_NODE_ID"}},
		{name: "dns without names", enabled: true, env: map[string]string{"CLUSTER_DISCOVERY": "dns"}, errs: []string{"CLUSTER_DNS_QUERY", "CLUSTER_NODE_BASENAME", "LASSO_NODE_ID"}},
		{name: "mdns", enabled: true, env: map[string]string{"CLUSTER_DISCOVERY": "mdns"}, check: func(c Config) bool { return c.Discovery == MDNS && c.Port == 0 }},
		{name: "other discovery", env: map[string]string{"CLUSTER_DISCOVERY": "gossip"}, errs: []string{"CLUSTER_DISCOVERY"}},
		{name: "nats", enabled: true, env: map[string]string{"CLUSTER_NATS_URL": "nats://n:4222", "LASSO_NODE_ID": "x"}, check: func(c Config) bool { return c.Discovery == NATS }},
		{name: "derived secret", base: true, enabled: true, env: map[string]string{"SECRET_KEY_BASE": "0123456789abcdef0123"}, check: func(c Config) bool {
			return len(c.Secret) == 32 && !strings.Contains(string(c.Secret), "0123")
		}},
		{name: "weak base", base: true, enabled: true, env: map[string]string{"SECRET_KEY_BASE": "short"}, errs: []string{"SECRET_KEY_BASE"}},
		{
			name: "all wrong", base: true, enabled: true, env: map[string]string{"CLUSTER_PORT": "http", "CLUSTER_POLL_INTERVAL": "5", "CLUSTER_EXPECTED": "x"},
			errs: []string{"CLUSTER_PORT", "CLUSTER_POLL_INTERVAL", "CLUSTER_EXPECTED"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{}
			if c.base {
				maps.Copy(env, dns)
			}
			maps.Copy(env, c.env)
			cfg, enabled, err := FromEnv(func(k string) (string, bool) { v, ok := env[k]; return v, ok })
			if enabled != c.enabled {
				t.Errorf("enabled %v, want %v", enabled, c.enabled)
			}
			mentions(t, err, c.errs)
			if c.check != nil && !c.check(cfg) {
				t.Errorf("%+v", cfg)
			}
		})
	}
}

// mentions fails the test unless err names all of want, each on its own line,
// and nothing else.
func mentions(t *testing.T, err error, want []string) {
	t.Helper()
	var lines []string
	if err != nil {
		lines = strings.Split(err.Error(), "\n")
	}
	if len(lines) != len(want) {
		t.Errorf("error %v, want %v", err, want)
		return
	}
	for _, w := range want {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, w) }) {
			t.Errorf("error %v lacks %s", err, w)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Config)
		errs   []string
	}{
		{"good", func(*Config) {}, nil},
		{"no info", func(c *Config) { c.Info = nil }, []string{"no Info"}},
		{"bad id", func(c *Config) { c.Info = func() lasso.NodeInfo { return lasso.NodeInfo{ID: "a b"} } }, []string{"LASSO_NODE_ID"}},
		{"bad name", func(c *Config) { c.Name = "a.b" }, []string{"CLUSTER_NODE_BASENAME"}},
		{"no query", func(c *Config) { c.DNSQuery = "" }, []string{"CLUSTER_DNS_QUERY"}},
		{"no port for addresses", func(c *Config) { c.Port = 0 }, []string{"CLUSTER_PORT"}},
		{"no port for services", func(c *Config) { c.Port, c.DNSQuery = 0, "_lasso._tcp.x" }, nil},
		{"bad port", func(c *Config) { c.Port = 70000 }, []string{"CLUSTER_PORT"}},
		{"bad bind", func(c *Config) { c.Bind = "eth0" }, []string{"CLUSTER_BIND"}},
		{"bad resolver", func(c *Config) { c.DNSServer = "10.0.0.1" }, []string{"CLUSTER_DNS_SERVER"}},
		{"advertise a name", func(c *Config) { c.Advertise = "node-1.internal" }, nil},
		{"advertise an IPv6 address", func(c *Config) { c.Advertise = "fd00::1" }, nil},
		{"advertise loopback", func(c *Config) { c.Advertise = "127.0.0.1" }, []string{"CLUSTER_ADVERTISE"}},
		{"advertise localhost", func(c *Config) { c.Advertise = "localhost:4369" }, []string{"CLUSTER_ADVERTISE"}},
		{"advertise loopback when bound to it", func(c *Config) { c.Advertise, c.Bind = "127.0.0.1", "127.0.0.1" }, nil},
		{"advertise everything", func(c *Config) { c.Advertise = "0.0.0.0" }, []string{"CLUSTER_ADVERTISE"}},
		{"advertise nonsense", func(c *Config) { c.Advertise = "x:y" }, []string{"CLUSTER_ADVERTISE"}},
		{"short secret", func(c *Config) { c.Secret = []byte("short") }, []string{"CLUSTER_SECRET"}},
		{"half of TLS", func(c *Config) { c.CertFile = "x" }, []string{"CLUSTER_TLS_KEY", "CLUSTER_TLS_CA"}},
		{"credentials without NATS", func(c *Config) { c.NATSCreds = "x" }, []string{"CLUSTER_NATS_CREDS"}},
		{"bad NATS", func(c *Config) { c.NATSURL = "here" }, []string{"CLUSTER_NATS_URL"}},
		{"timeout over interval", func(c *Config) { c.HealthTimeout = time.Minute }, []string{"CLUSTER_HEALTH_TIMEOUT"}},
		{"negative", func(c *Config) { c.HealthFailures, c.Expected, c.PollInterval = -1, -1, -1 }, []string{"CLUSTER_HEALTH_FAILURES", "CLUSTER_EXPECTED", "CLUSTER_POLL_INTERVAL"}},
		{"payload", func(c *Config) { c.MaxPayload = 1 }, []string{"MaxPayload"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{
				Info:      func() lasso.NodeInfo { return lasso.NodeInfo{ID: "a"} },
				Discovery: DNS, DNSQuery: "lasso.internal", Port: 4369,
			}
			c.change(&cfg)
			mentions(t, cfg.Validate(), c.errs)
		})
	}
}
