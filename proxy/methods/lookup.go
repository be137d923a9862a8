package methods

import "bytes"

// refused are the beginnings of names that are refused whatever follows: the
// namespaces for a node's owner, and the signing of typed data in any version.
var refused = [...]string{ //nolint:gochecknoglobals // a table, never written
	"personal_", "admin_", "miner_", "engine_", "clique_", "eth_signTypedData",
}

// namespace describes the methods of a namespace that are not registered.
type namespace struct {
	prefix   string
	category string
	reads    bool // every known method of it reads
}

var namespaces = [...]namespace{ //nolint:gochecknoglobals // a table, never written
	{"debug_", "debug", false},
	{"trace_", "trace", true},
	{"arbtrace_", "trace", true},
	{"txpool_", "txpool", true},
	{"erigon_", "erigon", true},
	{"ots_", "ots", true},
	{"zks_", "zks", false},
	{"arb_", "arb", false},
	{"arbdebug_", "arb", true},
	{"bor_", "bor", true},
	{"optimism_", "optimism", true},
	{"rollup_", "rollup", true},
	{"linea_", "linea", false},
	{"mev_", "mev", false},
}

var readVerbs = [...]string{ //nolint:gochecknoglobals // a table, never written
	"get", "call", "trace", "estimate", "query", "list", "is", "has", "simulate", "sim", "fetch", "find", "search",
	"lookup", "check", "count", "describe", "read", "resolve", "show", "verify", "validate", "preview", "inspect",
	"decode", "compute", "suggest", "predict", "quote", "can", "does", "exists", "was", "dump", "supported",
}

var writeVerbs = [...]string{ //nolint:gochecknoglobals // a table, never written
	"send", "submit", "set", "add", "remove", "create", "delete", "update", "cancel", "start", "stop", "sign",
	"import", "export", "drop", "clear", "reset", "write", "put", "insert", "new", "install", "uninstall",
	"register", "unregister", "subscribe", "unsubscribe", "lock", "unlock", "mine", "revert", "replace",
	"increment", "increase", "decrease", "push", "publish", "broadcast", "flush", "prune", "compact",
}

// unlisted holds the descriptors of methods that are not registered: one per
// category and safety.
type unlisted struct{ read, write *Method }

func describe(category string) unlisted {
	return unlisted{
		read:  &Method{Category: category, Safety: UnknownRead, Timeout: DefaultTimeout},
		write: &Method{Category: category, Safety: UnknownWrite, Timeout: DefaultTimeout},
	}
}

var ( // tables, never written
	refusal = &Method{Category: localOnly, Safety: Keystore, Timeout: DefaultTimeout} //nolint:gochecknoglobals // a table, never written
	nobody  = describe(unknown)                                                       //nolint:gochecknoglobals // a table, never written
	members = describeAll()                                                           //nolint:gochecknoglobals // a table, never written
)

func describeAll() [len(namespaces)]unlisted {
	var all [len(namespaces)]unlisted
	for i, n := range namespaces {
		all[i] = describe(n.category)
	}
	return all
}

// Lookup returns the descriptor of the method with that name; it is never nil.
// It does not allocate, and it keeps nothing of name.
//
// Names that are not registered get a shared descriptor without a name:
//
//   - The namespaces personal, admin, miner, engine and clique, and every
//     eth_signTypedData…, are Keystore: refused.
//   - Else the first word after the namespace decides, words being divided as
//     in camelCase: a reading verb (get, call, trace, estimate, query, list,
//     is, has, simulate, find, check, …) makes it UnknownRead, unless a writing
//     verb follows "And" or "Or", as in getAndReset.
//   - A writing verb (send, submit, set, add, remove, …) makes it UnknownWrite.
//   - With neither, it is UnknownRead in a namespace whose known methods all
//     read (trace, arbtrace, txpool, erigon, ots, bor, optimism, rollup), and
//     UnknownWrite elsewhere: a read sent once at worst fails once, a write
//     sent twice may cost money.
//
// The category is that of the namespace (debug_anything is "debug"), or
// "unknown". Case matters, as it does to nodes.
func Lookup(name []byte) *Method {
	if m, ok := registry[string(name)]; ok {
		return m
	}
	for _, p := range refused {
		if hasPrefix(name, p) {
			return refusal
		}
	}
	pair, fallback := nobody, false
	for i := range namespaces {
		if hasPrefix(name, namespaces[i].prefix) {
			pair, fallback = members[i], namespaces[i].reads
			break
		}
	}
	if _, after, ok := bytes.Cut(name, []byte{'_'}); ok {
		name = after
	}
	if reads(name, fallback) {
		return pair.read
	}
	return pair.write
}

// reads judges a name without its namespace.
func reads(name []byte, fallback bool) bool {
	switch {
	case begins(name, writeVerbs[:]):
		return false
	case begins(name, readVerbs[:]):
		return !writesLater(name)
	default:
		return fallback && !writesLater(name)
	}
}

// writesLater reports whether "And" or "Or" is followed by a writing verb.
func writesLater(name []byte) bool {
	for i := 1; i < len(name); i++ {
		for _, joint := range [...]string{"And", "Or", "_and_", "_or_"} {
			if rest := name[i:]; hasPrefix(rest, joint) && begins(rest[len(joint):], writeVerbs[:]) {
				return true
			}
		}
	}
	return false
}

// begins reports whether the first word of name is one of the verbs, its first
// letter in either case.
func begins(name []byte, verbs []string) bool {
	for _, v := range verbs {
		if len(name) < len(v) || name[0]|0x20 != v[0] || string(name[1:len(v)]) != v[1:] {
			continue
		}
		if len(name) == len(v) || !lower(name[len(v)]) {
			return true
		}
	}
	return false
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }

func hasPrefix(name []byte, prefix string) bool {
	return len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix
}
