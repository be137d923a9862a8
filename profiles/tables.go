package profiles

import (
	"math"

	"github.com/lasso-rpc/lasso"
)

// maxChainID is the largest chain id we take: what an int64 holds, which is
// within the bound of EIP-2294.
const maxChainID = math.MaxInt64

// methodCategories are the groups of methods that a provider can be configured
// not to serve. "batch" has no methods any more; older files name it.
var methodCategories = []string{ //nolint:gochecknoglobals // a table, never written
	"core", "state", "network", "node_admin", "eip1559", "eip4844", "mempool", "filters", "subscriptions", "batch",
	"debug", "trace", "txpool", "local_only", "erigon", "ots", "zks", "arb", "bor", "optimism", "linea", "rollup", "mev",
	"bundler", "unknown",
}

// profileSection is the top of a file.
var profileSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Profile",
	free:  true,
	keys: []key{
		{
			name: "slug", kind: kindText, defDoc: "the file name without extension", check: checkSlug,
			doc: "Name of the profile in paths. Must equal the file name without extension. Small letters, digits, `-` and `_`. " +
				"`default`, `profile`, `provider`, `sign-in`, `sign-out` and the names of the strategies are reserved.",
		},
		{name: "name", kind: kindText, defDoc: "the slug", check: checkName, doc: "Name shown to people."},
		{name: "logo", kind: kindText, check: checkAsset, unused: true, doc: "File name of an image."},
		{name: "unlisted", kind: kindBool, def: false, doc: "Leaves the profile out of the dashboard's list. It still serves."},
		{
			name: "rps_limit", legacy: []string{"default_rps_limit"}, kind: kindInt, def: 100, min: 1, max: 1_000_000,
			unused: true, doc: "Calls per second that the profile is meant for.",
		},
		{
			name: "burst_limit", legacy: []string{"default_burst_limit"}, kind: kindInt, def: 500, min: 1, max: 1_000_000,
			unused: true, doc: "Calls that may come at once.",
		},
		{
			name: "strategy", kind: kindText, def: lasso.LoadBalanced.String(), words: strategyNames(),
			doc: "How providers are put in order where the path names no strategy.",
		},
		{name: "chains", kind: kindNamed, required: true, section: chainSection, doc: "The chains, by the name used in paths."},
	},
}

var chainSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Chain",
	keys: []key{
		{name: "chain_id", kind: kindInt, required: true, min: 1, max: maxChainID, doc: "EIP-155 number. Unique in the profile."},
		{name: "name", kind: kindText, defDoc: "the key of the chain", check: checkName, doc: "Name shown to people."},
		{
			name: "url_aliases", legacy: []string{"aliases"}, kind: kindTexts, defDoc: "`[the key of the chain]`", check: checkAlias,
			doc: "Further names in paths; the key of the chain is always one. Unique in the profile. Letters, digits, `-`, `_` and `.`. " +
				"Digits only is allowed for the chain's own id. `profile`, `provider` and the names of the strategies are reserved.",
		},
		{
			name: "block_time_ms", kind: kindInt, min: 10, max: 3_600_000, defDoc: "none (12000 is assumed)",
			doc: "Expected time between blocks, used until it is measured.",
		},
		{name: "monitoring", kind: kindObject, section: monitoringSection, doc: "How the chain is watched."},
		{name: "selection", kind: kindObject, section: selectionSection, doc: "Which providers may be chosen."},
		{name: "websocket", kind: kindObject, section: websocketSection, unused: true, doc: "Subscriptions: this version connects to providers over HTTP alone."},
		{
			name: "timeouts_ms", kind: kindIntMap, min: 25, max: 600_000, names: checkMethod, defDoc: "the router's budgets",
			doc: "Time budget of a call by method, in milliseconds. `default` is for methods not named.",
		},
		{name: "ui-topology", kind: kindObject, section: topologySection, unused: true, doc: "Look of the chain."},
		{name: "providers", kind: kindObjects, required: true, section: providerSection, doc: "The providers. At least one."},
		{
			name: "probe_interval_ms", moved: "monitoring.probe_interval_ms", kind: kindInt, min: 100, max: 3_600_000,
			doc: "Older place of `monitoring.probe_interval_ms`.",
		},
		{
			name: "lag_alert_threshold_blocks", legacy: []string{"lag_threshold_blocks"}, moved: "monitoring.lag_alert_threshold_blocks",
			kind: kindInt, min: 0, max: 1_000_000, doc: "Older place of `monitoring.lag_alert_threshold_blocks`.",
		},
		{
			name: "failover", moved: "websocket.failover", kind: kindObject, section: failoverSection,
			doc: "Older place of `websocket.failover`.",
		},
	},
}

var monitoringSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Chain: `monitoring`",
	keys: []key{
		{
			name: "probe_interval_ms", kind: kindInt, def: 15_000, defDoc: "`15000`; `12000` where there is no `monitoring`",
			min: 100, max: 3_600_000, doc: "Time between health probes, and between height polls, of one provider.",
		},
		{
			name: "lag_alert_threshold_blocks", legacy: []string{"lag_threshold_blocks"}, kind: kindInt, def: 3, min: 0, max: 1_000_000,
			doc: "Blocks behind the chain's head from which a provider is shown as lagging. Routing does not use it.",
		},
	},
}

var selectionSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Chain: `selection`",
	keys: []key{
		{
			name: "max_lag_blocks", kind: kindInt, min: 0, max: 1_000_000, defDoc: "none: no lag filter",
			doc: "Providers further behind than this many blocks are not chosen while another is left.",
		},
		{
			name: "archival_threshold", kind: kindInt, def: 128, min: 0, max: 1_000_000_000,
			doc: "Blocks behind the head from which a call needs a provider with `archival`.",
		},
	},
}

var websocketSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Chain: `websocket`",
	keys: []key{
		{name: "subscribe_new_heads", kind: kindBool, def: true, unused: true, doc: "Follow heads over `ws_url` of the providers."},
		{
			name: "new_heads_timeout_ms", kind: kindInt, def: 42_000, min: 100, max: 3_600_000,
			unused: true, doc: "Silence after which a subscription to heads counts as dead.",
		},
		{name: "failover", kind: kindObject, section: failoverSection, unused: true, doc: "What happens when a subscription changes provider."},
	},
}

var failoverSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Chain: `websocket.failover`",
	keys: []key{
		{
			name: "max_backfill_blocks", kind: kindInt, def: 100, min: 0, max: 10_000,
			unused: true, doc: "Most blocks fetched to close the gap.",
		},
		{
			name: "backfill_timeout_ms", legacy: []string{"backfill_timeout"}, kind: kindInt, def: 30_000, min: 100, max: 600_000,
			unused: true, doc: "Time to close the gap.",
		},
	},
}

var topologySection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Chain: `ui-topology`",
	keys: []key{
		{name: "color", kind: kindText, def: "#6B7280", check: checkColor, unused: true, doc: "Colour of the chain, `#RGB` or `#RRGGBB`."},
		{name: "size", kind: kindText, def: "md", words: []string{"sm", "md", "lg", "xl"}, unused: true, doc: "Size of the chain."},
	},
}

var providerSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Provider",
	dead:  []string{"type", "adapter_config", "api_key_required"},
	keys: []key{
		{
			name: "id", kind: kindText, required: true, check: checkProviderID,
			doc: "Name of the provider in paths. Unique in the chain. Letters, digits, `-`, `_` and `.`.",
		},
		{name: "name", kind: kindText, defDoc: "the id", check: checkName, doc: "Name shown to people."},
		{name: "priority", kind: kindInt, def: 100, min: 0, max: 1_000_000, doc: "For the strategy `priority`. Lower is preferred."},
		{
			name: "url", kind: kindSecret, required: true, env: true,
			doc: "`http` or `https` URL of the JSON-RPC endpoint. `${VAR}` is expanded. " +
				"User and password in it are sent as HTTP Basic authorization.",
		},
		{name: "ws_url", kind: kindSecret, env: true, unused: true, doc: "`ws` or `wss` URL. `${VAR}` is expanded. It tells upstreams apart; nothing connects to it."},
		{
			name: "api_key", kind: kindSecret, env: true,
			doc: "Sent as `Authorization: Bearer …`. An `Authorization` among the headers wins. `${VAR}` is expanded.",
		},
		{
			name: "headers", kind: kindTextMap, env: true, defDoc: "`{}`", names: checkHeaderName,
			doc: "Further headers, over HTTP and WebSocket. `${VAR}` is expanded in values. " +
				"Headers that belong to the connection, such as `Host` and `Content-Type`, are refused.",
		},
		{name: "auth_headers", kind: kindTextMap, env: true, defDoc: "`{}`", names: checkHeaderName, doc: "As `headers`; older name."},
		{name: "credentials", kind: kindTextMap, env: true, defDoc: "`{}`", names: checkHeaderName, doc: "As `headers`; older name."},
		{
			name: "subscribe_new_heads", kind: kindBool, defDoc: "`websocket.subscribe_new_heads` of the chain",
			unused: true, doc: "Follow heads over `ws_url`.",
		},
		{name: "archival", kind: kindBool, def: true, doc: "Has the state of old blocks."},
		{
			name: "sharing_mode", kind: kindText, def: "auto", words: []string{"auto", "isolated"},
			doc: "`auto`: providers of other profiles with the same endpoint and credentials share breaker, height and latency evidence. " +
				"`isolated`: this one keeps its own.",
		},
		{name: "capabilities", kind: kindObject, section: capabilitiesSection, doc: "What the provider does not do."},
	},
}

var capabilitiesSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Provider: `capabilities`",
	keys: []key{
		{
			name: "unsupported_categories", kind: kindTexts, def: []string{"local_only"}, words: methodCategories,
			doc: "Groups of methods that the provider does not serve.",
		},
		{name: "unsupported_methods", kind: kindTexts, defDoc: "`[]`", check: checkMethod, doc: "Single methods."},
		{name: "limits", kind: kindObject, section: limitsSection, doc: "Limits on parameters."},
		{name: "error_rules", kind: kindObjects, defDoc: "`[]`", section: ruleSection, doc: "Meaning of this provider's errors. The first rule that fits wins."},
	},
}

var limitsSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Provider: `capabilities.limits`",
	keys: []key{
		{
			name: "max_block_range", kind: kindInt, min: 0, max: 1_000_000_000,
			doc: "Most blocks that one `eth_getLogs` may span. 0 is no limit.",
		},
		{
			name: "max_block_age", kind: kindInt, min: 0, max: 1_000_000_000,
			doc: "Most blocks behind the head for `block_age_methods`. 0 is no limit.",
		},
		{name: "block_age_methods", kind: kindTexts, defDoc: "`[]`", check: checkMethod, doc: "Methods that `max_block_age` is for."},
	},
}

var ruleSection = &section{ //nolint:gochecknoglobals // a table, never written
	title: "Provider: `capabilities.error_rules`",
	keys: []key{
		{name: "code", kind: kindInt, min: math.MinInt32, max: math.MaxInt32, doc: "JSON-RPC error code. At least one of `code` and `message_contains` is needed; with both, both must fit."},
		{name: "message_contains", kind: kindTexts, defDoc: "`[]`", check: checkFragment, doc: "Parts of the message, one of which must occur; case does not matter."},
		{name: "category", kind: kindText, required: true, words: ruleCategories(), doc: "What the error means."},
	},
}

func strategyNames() []string {
	var names []string
	for _, s := range lasso.Strategies() {
		names = append(names, s.String())
	}
	return names
}

// ruleCategories lists the categories that an error of a provider can have:
// all but those that say something about the caller or this node.
func ruleCategories() []string {
	var names []string
	for _, c := range lasso.Categories() {
		switch c {
		case lasso.Canceled, lasso.NoProvider, lasso.LocalCapacity, lasso.InvalidResponse:
		default:
			names = append(names, c.String())
		}
	}
	return names
}
