package dashboard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Page renders the whole document.
func (m ConfigPage) Page() templ.Component { return configPage(m) }

// Fragment renders one of FragmentFacts, FragmentLoaded, FragmentProfile,
// FragmentDiffers, FragmentChains, FragmentProviders and FragmentSettings.
func (m ConfigPage) Fragment(id string) (templ.Component, bool) {
	switch id {
	case FragmentFacts:
		return together(m.Shell, configFacts(m)), true
	case FragmentLoaded:
		return configLoaded(m), true
	case FragmentProfile:
		return configProfile(m), true
	case FragmentDiffers:
		return configDiffers(m), true
	case FragmentChains:
		return configChains(m), true
	case FragmentProviders:
		return configProviders(m), true
	case FragmentSettings:
		return configSettings(m), true
	}
	return nil, false
}

// verdict is the badge of the page: the last reload first, then other nodes.
func (m ConfigPage) verdict() (st ui.Status, word, extra string) {
	if n := len(m.Problems); n > 0 {
		return ui.Degraded, "Reload refused", views.Count(n, "mistake", "mistakes")
	}
	others := 0
	for _, n := range m.Nodes {
		if !n.same(m.Own) {
			others++
		}
	}
	if others > 0 {
		return ui.Degraded, "Nodes differ", views.Count(others, "node", "nodes")
	}
	if len(m.Nodes) > 1 {
		return ui.Healthy, "Same on all nodes", ""
	}
	return ui.Healthy, "Loaded", ""
}

// same tells a node that has the profile as this one has it, or that did not
// say how.
func (n ConfigNode) same(own string) bool { return n.Self || !n.Known || n.Hash == own }

// state is how a node has the profile.
func (n ConfigNode) state(own string) (st ui.Status, words string) {
	switch {
	case n.Self:
		return ui.Healthy, "This node"
	case !n.Known:
		return ui.Unknown, "Not known"
	case n.Hash == "":
		return ui.Degraded, "Does not have it"
	case n.Hash != own:
		return ui.Degraded, "Another one"
	}
	return ui.Healthy, "The same"
}

// Places of keys in a profile.
const (
	KeyProvider  = "chains.providers"
	KeyWebSocket = "chains.websocket"
)

// Keys that the page shows and that may have no effect.
const (
	keyRate   = "rps_limit"
	keyHeads  = KeyWebSocket + ".subscribe_new_heads"
	keyWSURL  = KeyProvider + ".ws_url"
	keyFollow = KeyProvider + ".subscribe_new_heads"
)

// notUsed reports whether a key has no effect in this version.
func (m ConfigPage) notUsed(key string) bool { return slices.Contains(m.NotUsed, key) }

// NotUsedOf lists the last parts of the keys at and below a place that have no
// effect in this version.
func (m ConfigPage) NotUsedOf(place string) []string {
	var names []string
	for _, key := range m.NotUsed {
		if below, ok := strings.CutPrefix(key, place+"."); ok {
			names = append(names, below[strings.LastIndexByte(below, '.')+1:])
		}
	}
	return names
}

// mostListed is how many differences of one node are written out.
const mostListed = 6

// what are the differences of a node as far as it told its chains and
// providers.
func (n ConfigNode) what(own string) string {
	var parts []string
	if len(n.Has) > 0 {
		parts = append(parts, "has "+several(n.Has))
	}
	if len(n.Lacks) > 0 {
		parts = append(parts, "lacks "+several(n.Lacks))
	}
	if len(parts) == 0 && !n.same(own) && n.Hash != "" {
		return "Same chains and providers, other settings"
	}
	return sentenceOf(strings.Join(parts, "; "))
}

func several(names []string) string {
	if len(names) <= mostListed {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:mostListed], ", ") + " and " + strconv.Itoa(len(names)-mostListed) + " more"
}

func (m ConfigPage) providers() int {
	n := 0
	for _, c := range m.Chains {
		n += len(c.Providers)
	}
	return n
}

// lasting is a configured time; "–" where there is none.
func lasting(d time.Duration) string {
	switch {
	case d <= 0:
		return views.None
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second && d%time.Second != 0:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return views.Span(d)
}

func blockCount(n int) string {
	if n < 0 {
		return "no limit"
	}
	return views.Count(n, "block", "blocks")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (c ConfigChain) timeouts() string {
	parts := make([]string, 0, len(c.Timeouts))
	for _, t := range c.Timeouts {
		parts = append(parts, t.Method+" "+lasting(t.Limit))
	}
	if len(parts) == 0 {
		return views.None
	}
	return strings.Join(parts, ", ")
}

func (p ConfigProvider) label() string { return cmp.Or(p.Name, p.ID) }

// limits are what the provider is configured not to do.
func (p ConfigProvider) limits() string {
	var parts []string
	if p.MaxRange > 0 {
		parts = append(parts, "eth_getLogs over at most "+views.Number(p.MaxRange)+" blocks")
	}
	if p.MaxAge > 0 {
		s := "blocks at most " + views.Number(p.MaxAge) + " old"
		if len(p.AgeMethods) > 0 {
			s += " for " + several(p.AgeMethods)
		}
		parts = append(parts, s)
	}
	if len(p.Categories) > 0 {
		parts = append(parts, "without "+several(p.Categories)+" methods")
	}
	if len(p.Methods) > 0 {
		parts = append(parts, "not "+several(p.Methods))
	}
	if p.Rules > 0 {
		parts = append(parts, views.Count(p.Rules, "error rule", "error rules"))
	}
	if p.Headers > 0 {
		parts = append(parts, views.Count(p.Headers, "header", "headers")+" (hidden)")
	}
	if len(p.SharedBy) > 1 {
		parts = append(parts, "shared by "+several(p.SharedBy))
	}
	return strings.Join(parts, " · ")
}

// flag is what a provider has; idle, if it has no effect in this version.
type flag struct {
	word string
	idle bool
}

// reach is how the provider is reached, without its address.
func (m ConfigPage) reach(p *ConfigProvider) string {
	words := make([]string, 0, len(p.Transports))
	for _, t := range p.Transports {
		if t == "WS" && m.notUsed(keyWSURL) {
			t += " (not used by this version)"
		}
		words = append(words, t)
	}
	return cmp.Or(strings.Join(words, ", "), views.None)
}

func (m ConfigPage) flags(p *ConfigProvider) []flag {
	var out []flag
	if p.Archival {
		out = append(out, flag{word: "archival"})
	}
	if p.Heads {
		out = append(out, flag{"new heads", m.notUsed(keyFollow)})
	}
	if p.Isolated {
		out = append(out, flag{word: "isolated"})
	}
	return out
}

func rps(limit, burst int) string {
	if limit <= 0 {
		return "none"
	}
	s := views.Number(uint64(limit)) + " /s"
	if burst > 0 {
		s += ", burst " + views.Number(uint64(burst))
	}
	return s
}

// settingValue writes lengths of time as the rest of the dashboard does.
func settingValue(v string) string {
	if v == "" {
		return views.None
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return v
	}
	for _, u := range []struct {
		span time.Duration
		name string
	}{{time.Hour, " h"}, {time.Minute, " min"}, {time.Second, " s"}, {time.Millisecond, " ms"}} {
		if d%u.span == 0 {
			return strconv.FormatInt(int64(d/u.span), 10) + u.name
		}
	}
	return v
}
