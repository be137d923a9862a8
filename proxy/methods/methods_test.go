package methods_test

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/proxy/methods"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		category   string
		safety     methods.Safety
		registered bool
	}{
		{"eth_blockNumber", "core", methods.ReplaySafe, true},
		{"eth_chainId", "core", methods.Local, true},
		{"net_version", "network", methods.Local, true},
		{"eth_call", "state", methods.ReplaySafe, true},
		{"eth_simulateV1", "state", methods.ReplaySafe, true},
		{"eth_getProof", "state", methods.ReplaySafe, true},
		{"eth_getBlockReceipts", "core", methods.ReplaySafe, true},
		{"eth_getHeaderByNumber", "core", methods.ReplaySafe, true},
		{"eth_config", "network", methods.ReplaySafe, true},
		{"eth_getLogs", "filters", methods.ReplaySafe, true},
		{"eth_newFilter", "filters", methods.FilterCreate, true},
		{"eth_getFilterChanges", "filters", methods.FilterUse, true},
		{"eth_uninstallFilter", "filters", methods.FilterUse, true},
		{"eth_subscribe", "subscriptions", methods.Subscription, true},
		{"eth_sendRawTransaction", "mempool", methods.Broadcast, true},
		{"eth_sendRawTransactionSync", "mempool", methods.UnknownWrite, true},
		{"eth_sendBundle", "mev", methods.UnknownWrite, true},
		{"debug_traceBlock", "debug", methods.ReplaySafe, true},
		{"trace_filter", "trace", methods.ReplaySafe, true},
		{"txpool_contentFrom", "txpool", methods.ReplaySafe, true},
		{"erigon_getHeaderByNumber", "erigon", methods.ReplaySafe, true},
		{"ots_getBlockDetails", "ots", methods.ReplaySafe, true},
		{"zks_L1ChainId", "zks", methods.ReplaySafe, true},

		{"eth_sendTransaction", "local_only", methods.Keystore, true},
		{"eth_accounts", "local_only", methods.Keystore, true},
		{"eth_sign", "local_only", methods.Keystore, true},
		{"eth_signTypedData_v4", "local_only", methods.Keystore, true},
		{"eth_signTypedData_v9", "local_only", methods.Keystore, false},
		{"personal_sign", "local_only", methods.Keystore, true},
		{"personal_getSomething", "local_only", methods.Keystore, false},
		{"admin_addPeer", "local_only", methods.Keystore, false},
		{"miner_start", "local_only", methods.Keystore, false},
		{"engine_newPayloadV4", "local_only", methods.Keystore, false},
		{"clique_getSigners", "local_only", methods.Keystore, false},
		{"eth_getWork", "local_only", methods.Keystore, true},
		{"eth_coinbase", "local_only", methods.Keystore, true},

		{"eth_getSomethingNew", "unknown", methods.UnknownRead, false},
		{"alchemy_getTokenBalances", "unknown", methods.UnknownRead, false},
		{"alchemy_simulateExecution", "unknown", methods.UnknownRead, false},
		{"qn_fetchNFTs", "unknown", methods.UnknownRead, false},
		{"eth_callV2", "unknown", methods.UnknownRead, false},
		{"eth_estimateThing", "unknown", methods.UnknownRead, false},
		{"foo_isReady", "unknown", methods.UnknownRead, false},
		{"foo_hasCode", "unknown", methods.UnknownRead, false},
		{"foo_list", "unknown", methods.UnknownRead, false},
		{"foo_GetIt", "unknown", methods.UnknownRead, false},
		{"foo_get_it", "unknown", methods.UnknownRead, false},
		{"getIt", "unknown", methods.UnknownRead, false},
		{"debug_getNewThing", "debug", methods.UnknownRead, false},
		{"trace_newThing", "trace", methods.UnknownWrite, false},
		{"trace_thing", "trace", methods.UnknownRead, false},
		{"arbtrace_thing", "trace", methods.UnknownRead, false},
		{"ots_whatever", "ots", methods.UnknownRead, false},
		{"erigon_cacheCheck", "erigon", methods.UnknownRead, false},
		{"linea_getThing", "linea", methods.UnknownRead, false},

		{"eth_sendThing", "unknown", methods.UnknownWrite, false},
		{"eth_submitThing", "unknown", methods.UnknownWrite, false},
		{"foo_setBalance", "unknown", methods.UnknownWrite, false},
		{"evm_mine", "unknown", methods.UnknownWrite, false},
		{"evm_snapshot", "unknown", methods.UnknownWrite, false},
		{"debug_setHead", "debug", methods.UnknownWrite, false},
		{"debug_freeOSMemory", "debug", methods.UnknownWrite, false},
		{"zks_sendThing", "zks", methods.UnknownWrite, false},
		{"ots_setThing", "ots", methods.UnknownWrite, false},
		{"ots_thingAndReset", "ots", methods.UnknownWrite, false},
		{"foo_getAndReset", "unknown", methods.UnknownWrite, false},
		{"foo_getOrCreate", "unknown", methods.UnknownWrite, false},
		{"foo_get_and_set", "unknown", methods.UnknownWrite, false},
		{"foo_getOrders", "unknown", methods.UnknownRead, false},
		{"foo_isolate", "unknown", methods.UnknownWrite, false},
		{"foo_hashPassword", "unknown", methods.UnknownWrite, false},
		{"foo_getaway", "unknown", methods.UnknownWrite, false},
		{"foo", "unknown", methods.UnknownWrite, false},
		{"eth_", "unknown", methods.UnknownWrite, false},
		{"_", "unknown", methods.UnknownWrite, false},
		{"", "unknown", methods.UnknownWrite, false},
		{"ETH_CALL", "unknown", methods.UnknownWrite, false},
	}
	for _, tt := range tests {
		m := methods.Lookup([]byte(tt.name))
		if m.Category != tt.category || m.Safety != tt.safety || m.Registered() != tt.registered {
			t.Errorf("Lookup(%q) = %s, %v, registered %v, want %s, %v, %v",
				tt.name, m.Category, m.Safety, m.Registered(), tt.category, tt.safety, tt.registered)
		}
		label := "other"
		if tt.registered {
			label = tt.name
		}
		if m.Label() != label {
			t.Errorf("Lookup(%q).Label() = %q, want %q", tt.name, m.Label(), label)
		}
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]time.Duration{
		"eth_chainId":               time.Second,
		"eth_getBalance":            2 * time.Second,
		"eth_getTransactionReceipt": 3 * time.Second,
		"eth_getLogs":               5 * time.Second,
		"eth_getProof":              10 * time.Second,
		"eth_sendRawTransaction":    10 * time.Second,
		"debug_traceCall":           10 * time.Second,
		"debug_traceTransaction":    30 * time.Second,
		"debug_traceBlock":          45 * time.Second,
		"anything_else":             10 * time.Second,
		"personal_anything":         10 * time.Second,
	} {
		if got := methods.Lookup([]byte(name)).Timeout; got != want {
			t.Errorf("timeout of %s = %v, want %v", name, got, want)
		}
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	all, categories := methods.All(), map[string]bool{}
	if len(all) < 150 {
		t.Errorf("All() has %d methods", len(all))
	}
	for i, m := range all {
		if i > 0 && all[i-1].Name >= m.Name {
			t.Errorf("%s stands after %s", m.Name, all[i-1].Name)
		}
		categories[m.Category] = true
		if m.Timeout <= 0 {
			t.Errorf("%s has no timeout", m.Name)
		}
		if methods.Lookup([]byte(m.Name)) != m {
			t.Errorf("Lookup(%q) is not the one of All", m.Name)
		}
	}
	for _, want := range []string{
		"core", "state", "network", "node_admin", "eip1559", "eip4844", "mempool", "filters", "subscriptions",
		"debug", "trace", "txpool", "local_only",
	} {
		if !categories[want] {
			t.Errorf("category %q is missing", want)
		}
	}
}

func TestSafety(t *testing.T) {
	t.Parallel()
	tests := []struct {
		safety     methods.Safety
		name       string
		repeatable bool
	}{
		{methods.ReplaySafe, "replay_safe", true},
		{methods.Broadcast, "broadcast", true},
		{methods.FilterCreate, "filter_create", false},
		{methods.FilterUse, "filter_use", false},
		{methods.Subscription, "subscription", false},
		{methods.Keystore, "keystore", false},
		{methods.Local, "local", true},
		{methods.UnknownRead, "unknown_read", true},
		{methods.UnknownWrite, "unknown_write", false},
		{methods.Safety(200), "unknown_write", false},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		if tt.safety.String() != tt.name || tt.safety.Repeatable() != tt.repeatable {
			t.Errorf("got %v, %v, want %v, %v", tt.safety, tt.safety.Repeatable(), tt.name, tt.repeatable)
		}
		if text := tt.safety.Explain(); text == "" || seen[text] != (tt.safety > methods.UnknownWrite) {
			t.Errorf("%v is explained as %q", tt.safety, text)
		}
		seen[tt.safety.Explain()] = true
	}
}

func TestLookupAllocates(t *testing.T) { // not parallel: it counts
	for _, name := range []string{"eth_call", "personal_foo", "alchemy_getTokenBalances", "debug_setHead"} {
		raw := []byte(name)
		if n := testing.AllocsPerRun(100, func() { methods.Lookup(raw) }); n != 0 {
			t.Errorf("Lookup(%q) allocates %v times", name, n)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, name := range []string{"eth_call", "getAndSet", "eth_", "_", "", "ots_thingOrNew", "eth_signTypedDataX"} {
		f.Add([]byte(name))
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		if m := methods.Lookup(name); m == nil || m.Category == "" || m.Registered() && m.Name != string(name) {
			t.Fatalf("Lookup(%q) = %+v", name, m)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	for _, name := range []string{"eth_call", "alchemy_getTokenBalances"} {
		raw := []byte(name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				methods.Lookup(raw)
			}
		})
	}
}
