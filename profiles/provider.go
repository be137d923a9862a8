package profiles

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso"
)

// provider builds one provider.
func (r *reader) provider(o *object, profile lasso.ProfileID, c *lasso.Chain) *lasso.Provider {
	s := providerSection
	id := o.text(s, "id")
	p := &lasso.Provider{
		ID:                lasso.ProviderID(id),
		Name:              cmp.Or(o.text(s, "name"), id),
		Priority:          o.int(s, "priority"),
		SubscribeNewHeads: c.SubscribeNewHeads,
		Archival:          o.bool(s, "archival"),
		Isolated:          o.text(s, "sharing_mode") == "isolated",
		Capabilities:      r.capabilities(o.sub("capabilities")),
	}
	if e := o.get("subscribe_new_heads"); e != nil {
		p.SubscribeNewHeads = e.flag
	}
	rpc := r.endpoint(o, "url", "http", "https")
	ws := r.endpoint(o, "ws_url", "ws", "wss")
	p.URL, p.WSURL = rpc.url, ws.url
	p.Headers = r.headers(o, rpc, ws)
	p.Instance = instanceID(profile, c.ID, rpc, ws, p.Headers, p.Isolated)
	return p
}

// endpoint reads a URL; it is empty where there is none or it is wrong.
func (r *reader) endpoint(o *object, name string, schemes ...string) endpoint {
	raw := o.text(providerSection, name)
	if raw == "" {
		return endpoint{}
	}
	e, why := parseEndpoint(raw, schemes...)
	if why != "" {
		r.problem(o.where(name), "%q of %s %s", name, o.label, why)
	}
	return e
}

// headers collects what is sent upstream, sorted by canonical name. For
// Authorization an explicit header wins over api_key, and that over user and
// password of the URL.
func (r *reader) headers(o *object, rpc, ws endpoint) []lasso.Header {
	values := map[string]string{}
	for _, group := range []string{"headers", "auth_headers", "credentials"} {
		e := o.vals[group]
		if e == nil {
			continue
		}
		for _, it := range e.items {
			name := http.CanonicalHeaderKey(it.name)
			if _, ok := values[name]; ok {
				r.problem(it.at, "the header %s is given twice in %s", name, o.label)
				continue
			}
			if why := checkHeaderValue(it.text); why != "" {
				r.problem(it.at, "the value of the header %s of %s %s", name, o.label, why)
				continue
			}
			values[name] = it.text
		}
	}
	const authorization = "Authorization"
	key := o.text(providerSection, "api_key")
	if why := checkHeaderValue(key); why != "" {
		r.problem(o.where("api_key"), "\"api_key\" of %s %s", o.label, why)
	}
	if rpc.auth != "" && ws.auth != "" && rpc.auth != ws.auth {
		r.problem(o.where("ws_url"), "\"url\" and \"ws_url\" of %s have different user or password; use two providers", o.label)
	}
	if _, ok := values[authorization]; !ok {
		switch {
		case key != "":
			values[authorization] = "Bearer " + key
		case rpc.auth != "" || ws.auth != "":
			values[authorization] = cmp.Or(rpc.auth, ws.auth)
		}
	}
	var out []lasso.Header
	for name, value := range values {
		out = append(out, lasso.Header{Name: name, Value: value})
	}
	slices.SortFunc(out, func(a, b lasso.Header) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// capabilities builds what a provider does not do; o may be nil.
func (r *reader) capabilities(o *object) lasso.Capabilities {
	s, limits := capabilitiesSection, o.sub("limits")
	caps := lasso.Capabilities{
		UnsupportedCategories: o.list(s, "unsupported_categories"),
		UnsupportedMethods:    o.list(s, "unsupported_methods"),
		MaxBlockRange:         uint64(limits.int(limitsSection, "max_block_range")), //nolint:gosec // not negative by its bounds
		MaxBlockAge:           uint64(limits.int(limitsSection, "max_block_age")),   //nolint:gosec // not negative by its bounds
		BlockAgeMethods:       limits.list(limitsSection, "block_age_methods"),
	}
	if limits.get("max_block_age") != nil && caps.MaxBlockAge > 0 && len(caps.BlockAgeMethods) == 0 && limits.vals["block_age_methods"] == nil {
		r.problem(limits.where("max_block_age"), "\"max_block_age\" of %s has no effect without \"block_age_methods\"", limits.label)
	}
	if e := o.get("error_rules"); e != nil {
		for _, rule := range e.objs {
			caps.ErrorRules = append(caps.ErrorRules, r.rule(rule))
		}
	}
	return caps
}

// rule builds one error rule.
func (r *reader) rule(o *object) lasso.ErrorRule {
	category, _ := lasso.ParseCategory(o.text(ruleSection, "category"))
	rule := lasso.ErrorRule{Category: category}
	if e := o.get("code"); e != nil {
		rule.Code, rule.HasCode = int(e.num), true
	}
	for _, s := range o.list(ruleSection, "message_contains") {
		rule.Contains = append(rule.Contains, strings.ToLower(s))
	}
	if o.vals["code"] == nil && o.vals["message_contains"] == nil {
		r.problem(o.at, "%s needs \"code\" or \"message_contains\"", o.label)
	}
	return rule
}
