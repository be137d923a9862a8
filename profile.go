package lasso

import (
	"strconv"
	"time"
)

// DefaultProfile is the profile of paths that name none; "default" is an alias
// of it.
const DefaultProfile ProfileID = "public"

// Catalog is one complete, validated configuration. It is immutable: a reload
// makes a new one.
type Catalog struct {
	Profiles []*Profile // ordered by slug
	Hash     string     // hex digest of everything, endpoints and credentials included
	Common   string     // the same without those: what nodes of several regions share
	LoadedAt time.Time

	bySlug map[ProfileID]*Profile
}

// NewCatalog indexes profiles. It takes ownership of them.
func NewCatalog(profiles []*Profile, hash string, at time.Time) *Catalog {
	c := &Catalog{Profiles: profiles, Hash: hash, LoadedAt: at, bySlug: map[ProfileID]*Profile{}}
	for _, p := range profiles {
		p.index()
		c.bySlug[p.Slug] = p
	}
	return c
}

// Profile finds a profile by its slug or the alias "default". With no profile
// called "public", "default" is the first one.
func (c *Catalog) Profile(slug string) (*Profile, bool) {
	if slug == "default" {
		return c.Default()
	}
	p, ok := c.bySlug[ProfileID(slug)]
	return p, ok
}

// Default returns the profile of paths that name none: "public", or the first
// one where there is no "public".
func (c *Catalog) Default() (*Profile, bool) {
	if p, ok := c.bySlug[DefaultProfile]; ok {
		return p, true
	}
	if len(c.Profiles) == 0 {
		return nil, false
	}
	return c.Profiles[0], true
}

// Profile is one routing configuration: an isolated set of chains.
type Profile struct {
	Slug     ProfileID
	Name     string
	Unlisted bool
	RPSLimit int
	Burst    int
	Strategy Strategy // for paths that name none
	Source   string   // file the profile came from, for messages
	Hash     string   // hex digest without endpoints and credentials, for comparing nodes
	Chains   []*Chain // in file order

	byName map[string]*Chain
}

func (p *Profile) index() {
	p.byName = map[string]*Chain{}
	for _, c := range p.Chains {
		for _, a := range c.Aliases {
			p.byName[a] = c
		}
	}
	for _, c := range p.Chains { // a decimal id wins over any alias
		p.byName[c.ID.String()] = c
		c.index()
	}
}

// Chain finds a chain by decimal id or alias. Case matters.
func (p *Profile) Chain(name string) (*Chain, bool) {
	c, ok := p.byName[name]
	return c, ok
}

// Chain is one chain of a profile with its providers and its settings.
type Chain struct {
	ID                ChainID
	Key               string // the key in the YAML map: the canonical alias
	Name              string
	Aliases           []string      // Key and the configured aliases
	BlockTime         time.Duration // 0: not configured
	ProbeInterval     time.Duration
	LagAlert          int    // blocks
	MaxLagBlocks      int    // -1: no lag filter
	ArchivalThreshold uint64 // blocks behind head from which state counts as archival
	SubscribeNewHeads bool
	NewHeadsTimeout   time.Duration
	MaxBackfillBlocks int
	BackfillTimeout   time.Duration
	Timeouts          map[string]time.Duration // per method; "default" for the rest
	Providers         []*Provider              // in file order

	byID map[ProviderID]*Provider
}

func (c *Chain) index() {
	c.byID = make(map[ProviderID]*Provider, len(c.Providers))
	for _, p := range c.Providers {
		c.byID[p.ID] = p
	}
}

// Provider finds a provider by id.
func (c *Chain) Provider(id string) (*Provider, bool) {
	p, ok := c.byID[ProviderID(id)]
	return p, ok
}

// Provider is one entry of a chain. URLs and headers hold credentials: they
// are never logged, rendered or marshalled.
type Provider struct {
	ID                ProviderID
	Name              string
	Priority          int
	URL               string   `json:"-"`
	WSURL             string   `json:"-"`
	Headers           []Header `json:"-"` // canonical names; includes Authorization made of api_key
	SubscribeNewHeads bool
	Archival          bool
	Isolated          bool // sharing_mode: isolated
	Instance          InstanceID
	Capabilities      Capabilities
}

// Header is one HTTP header sent upstream.
type Header struct{ Name, Value string }

// Capabilities is what a provider is configured not to do.
type Capabilities struct {
	UnsupportedCategories []string // names of method categories
	UnsupportedMethods    []string
	MaxBlockRange         uint64 // of eth_getLogs; 0: no limit known
	MaxBlockAge           uint64 // for BlockAgeMethods; 0: no limit known
	BlockAgeMethods       []string
	ErrorRules            []ErrorRule
}

// ErrorRule reclassifies an error of one provider. Both conditions must hold
// where both are set; one of Contains is enough.
type ErrorRule struct {
	Code     int // with HasCode
	HasCode  bool
	Contains []string // lower case; any of them
	Category Category
}

// ParseChainID reads a positive decimal EIP-155 number.
func ParseChainID(s string) (ChainID, bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return ChainID(n), err == nil && n > 0
}

// ReloadState tells how the last attempts to load the configuration went.
type ReloadState struct {
	LoadedAt time.Time // of the catalog that serves
	Hash     string
	Reloads  uint64   // that succeeded, the first load not counted
	Failures uint64   // that were refused
	Problems []string // of the last try; empty when it succeeded
	FailedAt time.Time
}
