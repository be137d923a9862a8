package dashboard

import "time"

// Fragments of the configuration page. The table of chains is FragmentChains,
// that of providers FragmentProviders.
const (
	FragmentLoaded   = "loaded"   // file, hash, last reload
	FragmentProfile  = "profile"  // settings of the profile
	FragmentDiffers  = "differs"  // nodes against this one
	FragmentSettings = "settings" // of the process
)

// ConfigPage is the model of /dashboard/:profile/configuration: what this node
// has loaded. It holds no URL, header or key of a provider, and no secret
// setting.
type ConfigPage struct {
	Shell
	Source   string    // file the profile came from
	LoadedAt time.Time // of the configuration that serves
	Hash     string    // of the whole configuration, endpoints included
	Common   string    // the same without endpoints and credentials
	Own      string    // of this profile, without those
	Reloads  uint64    // that succeeded
	Failures uint64    // that were refused
	Problems []string  // of the last try
	FailedAt time.Time

	Strategy string
	RPSLimit int // 0: none
	Burst    int
	Unlisted bool

	Chains   []ConfigChain // in file order
	Foreign  []ChainRow    // what only other nodes have, with its providers
	Nodes    []ConfigNode  // this one first
	Settings []Setting
	NotUsed  []string // keys of profiles that have no effect in this version, by their place
}

// ConfigChain is a chain with its settings.
type ConfigChain struct {
	Ref               ChainRef
	Aliases           []string
	BlockTime         time.Duration // 0: not configured
	ProbeInterval     time.Duration
	LagAlert          int    // blocks
	MaxLag            int    // blocks; -1: no filter
	ArchivalThreshold uint64 // blocks behind the head
	SubscribeNewHeads bool
	NewHeadsTimeout   time.Duration
	MaxBackfill       int // blocks
	BackfillTimeout   time.Duration
	Timeouts          []Timeout // the default first, then by method
	Providers         []ConfigProvider
}

// Timeout is the limit of a method; "default" is of the rest.
type Timeout struct {
	Method string
	Limit  time.Duration
}

// ConfigProvider is a provider with its settings.
type ConfigProvider struct {
	ID         string
	Name       string
	Priority   int
	Transports []string // "HTTP", "WS"
	Headers    int      // sent with each request; neither names nor values are shown
	Archival   bool
	Heads      bool // subscribes to new heads
	Isolated   bool
	Categories []string // of methods that it does not support
	Methods    []string
	MaxRange   uint64 // blocks of eth_getLogs; 0: no limit known
	MaxAge     uint64 // blocks; 0: no limit known
	AgeMethods []string
	Rules      int      // that reclassify its errors
	SharedBy   []string // profiles that use the same upstream
}

// ConfigNode is how another node has the page's profile.
type ConfigNode struct {
	Node    string
	Region  string
	Self    bool
	Lost    bool
	Hash    string   // of the profile; empty: not known, or not configured
	Known   bool     // it said which profiles it has
	Lacks   []string // chains and providers that this node has: "alder on Base"
	Has     []string // chains and providers that this node lacks
	Version string   // of the program; empty: not told
}

// Setting is a setting of the process. Of a secret, Value says only whether it
// is set.
type Setting struct {
	Name     string
	Variable string
	Value    string
	Source   string
	Secret   bool
}
