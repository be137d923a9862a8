package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lasso-rpc/lasso/cluster"
	"github.com/lasso-rpc/lasso/web"
)

// Where a setting comes from.
const (
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromDefault     = "default"
	fromDemo        = "demonstration"
)

// effective lists the settings of the chosen command as they took effect, for
// the dashboard. A secret is in it as "set" or "not set", never as it is.
func effective(parsed *kong.Context, given variables) []web.Setting {
	flagged := map[string]bool{}
	for _, p := range parsed.Path {
		if p.Flag != nil && !p.Resolved {
			flagged[p.Flag.Name] = true
		}
	}
	var list []web.Setting
	command := parsed.Selected()
	if command == nil {
		return nil
	}
	for _, f := range command.Flags {
		if f.Name == "help" {
			continue
		}
		s := web.Setting{Name: "--" + f.Name, Variable: variableOf(f.Value), Value: fmt.Sprint(f.Target.Interface()), Source: fromDefault}
		if s.Secret = f.Tag.Has("secret"); s.Secret { // a path: where a secret lies is nobody's business either
			s.Value = secretValue(fmt.Sprint(f.Target.Interface()))
		}
		switch {
		case flagged[f.Name]:
			s.Source = fromFlag
		case given[f.Name] != "":
			s.Source = fromEnvironment
		}
		list = append(list, s)
	}
	return append(list, environment(os.Getenv)...)
}

// environment lists the settings that are variables only.
func environment(getenv func(string) string) []web.Setting {
	var list []web.Setting
	for _, v := range []struct {
		name, initial string
		secret        bool
	}{
		{"PORT", "", false},
		{adminVariable, "", true},
		{"CLUSTER_DNS_QUERY", "", false},
		{"CLUSTER_NODE_BASENAME", "", false},
		{"CLUSTER_DISCOVERY", "", false},
		{"CLUSTER_PORT", strconv.Itoa(cluster.DefaultPort), false},
		{"CLUSTER_BIND", "all addresses", false},
		{"CLUSTER_ADVERTISE", "", false},
		{"CLUSTER_DNS_SERVER", "", false},
		{"CLUSTER_SECRET", "", true},
		{"SECRET_KEY_BASE", "", true},
		{"CLUSTER_TLS_CERT", "", false},
		{"CLUSTER_TLS_KEY", "", true}, // a path
		{"CLUSTER_TLS_CA", "", false},
		{"CLUSTER_NATS_URL", "", true}, // may hold a password
		{"CLUSTER_NATS_CREDS", "", true},
		{"CLUSTER_POLL_INTERVAL", cluster.DefaultPollInterval.String(), false},
		{"CLUSTER_HEALTH_INTERVAL", cluster.DefaultHealthInterval.String(), false},
		{"CLUSTER_HEALTH_TIMEOUT", cluster.DefaultHealthTimeout.String(), false},
		{"CLUSTER_HEALTH_FAILURES", strconv.Itoa(cluster.DefaultHealthFailures), false},
		{"CLUSTER_EXPECTED", "", false},
	} {
		value := strings.TrimSpace(getenv(v.name))
		s := web.Setting{Name: v.name, Variable: v.name, Value: value, Source: fromEnvironment, Secret: v.secret}
		if value == "" {
			s.Value, s.Source = v.initial, fromDefault
		}
		if v.secret {
			s.Value = secretValue(value)
		}
		list = append(list, s)
	}
	return list
}

// secretValue is all that is said of a secret.
func secretValue(value string) string {
	if value == "" {
		return web.SecretNotSet
	}
	return web.SecretSet
}

// staged are the settings with what the demonstration makes of them.
func staged(list []web.Setting, values map[string]string) []web.Setting {
	list = append([]web.Setting(nil), list...)
	for i := range list {
		if value, ok := values[list[i].Name]; ok {
			list[i].Value, list[i].Source = value, fromDemo
		}
	}
	return list
}

// took puts what the start made of a setting in place of what was given.
func took(list []web.Setting, name, value string) {
	for i := range list {
		if list[i].Name == name {
			list[i].Value = value
		}
	}
}

// shownSettings are the settings of this node: with the names and the address
// that it took.
func (n *node) shownSettings(flags *nodeFlags) []web.Setting {
	list := append([]web.Setting(nil), flags.Effective...)
	took(list, "--listen", n.ln.Addr().String())
	took(list, "--node-id", string(n.id))
	took(list, "--region", n.region)
	return list
}
