package web

import (
	"net/url"
	"strings"

	"github.com/lasso-rpc/lasso"
)

// target is what a path names.
type target struct {
	profile  *lasso.Profile
	chain    *lasso.Chain
	provider lasso.ProviderID
	strategy lasso.Strategy
}

// Words of paths that are never slugs.
const (
	profileWord  = "profile"
	providerWord = "provider"
	maxSegments  = 5
)

// parseTarget resolves the part of a path after "/rpc". The order is the one
// documented in docs/api.md: the literal words, then strategies, then profiles,
// then a chain followed by a provider. It allocates nothing for a path without
// escapes.
func parseTarget(cat *lasso.Catalog, rest string) (target, *refusal) {
	var segs [maxSegments]string
	n, bad := split(&segs, rest)
	if bad != nil {
		return target{}, bad
	}
	parts := segs[:n]
	switch {
	case n == 0:
		return target{}, refuse(reasonPath, 404, codeInvalidRequest, "no chain in the path: POST to /rpc/:chain")
	case parts[0] == profileWord && n >= 2:
		return inNamed(cat, parts[1], parts[2:])
	case n == 1, parts[0] == providerWord:
		return inDefault(cat, parts)
	case n == 2:
		if _, ok := lasso.ParseStrategy(parts[0]); ok {
			return inDefault(cat, parts)
		}
		if _, ok := cat.Profile(parts[0]); !ok {
			if p, ok := cat.Default(); ok {
				if _, ok := p.Chain(parts[0]); ok {
					return inProfile(p, parts)
				}
			}
		}
	}
	return inNamed(cat, parts[0], parts[1:])
}

func inDefault(cat *lasso.Catalog, parts []string) (target, *refusal) {
	p, ok := cat.Default()
	if !ok {
		return target{}, noProfile(string(lasso.DefaultProfile))
	}
	return inProfile(p, parts)
}

func inNamed(cat *lasso.Catalog, slug string, parts []string) (target, *refusal) {
	if slug == "" {
		return target{}, refuse(reasonProfile, 400, codeInvalidParams, "invalid profile: the name is empty")
	}
	p, ok := cat.Profile(slug)
	if !ok {
		return target{}, noProfile(slug)
	}
	return inProfile(p, parts)
}

// inProfile reads chain, strategy/chain, chain/provider or provider/id/chain.
func inProfile(p *lasso.Profile, parts []string) (target, *refusal) {
	t := target{profile: p, strategy: p.Strategy}
	var chain, provider string
	pinned := false // by the path: an empty name is then not the same as none
	switch {
	case len(parts) == 1 && parts[0] != "":
		chain = parts[0]
	case len(parts) == 2 && parts[0] != providerWord:
		if s, ok := lasso.ParseStrategy(parts[0]); ok {
			t.strategy, chain = s, parts[1]
		} else {
			chain, provider, pinned = parts[0], parts[1], true
		}
	case len(parts) == 3 && parts[0] == providerWord:
		provider, chain, pinned = parts[1], parts[2], true
	case len(parts) == 0, len(parts) == 1, len(parts) == 2:
		return target{}, refuse(reasonPath, 400, codeInvalidParams, "Unsupported chain: the path names no chain")
	default:
		return target{}, refuse(reasonPath, 404, codeInvalidRequest, "no such path: see /rpc/:chain, /rpc/:profile/:chain, /rpc/:strategy/:chain, /rpc/provider/:id/:chain")
	}
	if pinned && provider == "" {
		return target{}, refuse(reasonProvider, 400, codeInvalidParams, "Unsupported chain: the path names no provider")
	}
	var bad *refusal
	if t.chain, bad = findChain(p, chain); bad != nil {
		return target{}, bad
	}
	if t.provider, bad = findProvider(t.chain, provider); bad != nil {
		return target{}, bad
	}
	return t, nil
}

func findChain(p *lasso.Profile, name string) (*lasso.Chain, *refusal) {
	c, ok := p.Chain(name)
	if !ok {
		return nil, refuse(reasonChain, 400, codeInvalidParams,
			"Unsupported chain: Unknown chain '"+clip(name)+"' in profile '"+string(p.Slug)+"'")
	}
	return c, nil
}

// findProvider checks a pin; the empty string is none.
func findProvider(c *lasso.Chain, id string) (lasso.ProviderID, *refusal) {
	if id == "" {
		return "", nil
	}
	p, ok := c.Provider(id)
	if !ok {
		return "", refuse(reasonProvider, 400, codeInvalidParams,
			"Unsupported chain: Provider '"+clip(id)+"' is not configured for this chain")
	}
	return p.ID, nil
}

func noProfile(slug string) *refusal {
	r := refuse(reasonProfile, 404, codeServerError, "Profile '"+clip(slug)+"' not found")
	r.errorType = "profile_not_found"
	return r
}

// split cuts a path at its slashes and then decodes each segment, so that an
// escaped slash stays inside its segment. One trailing slash is ignored.
func split(segs *[maxSegments]string, rest string) (int, *refusal) {
	rest = strings.TrimPrefix(rest, "/")
	rest = strings.TrimSuffix(rest, "/")
	if rest == "" {
		return 0, nil
	}
	n := 0
	for more := true; more; n++ {
		if n == maxSegments {
			return 0, refuse(reasonPath, 404, codeInvalidRequest, "no such path: too many segments")
		}
		segs[n], rest, more = strings.Cut(rest, "/")
		if strings.IndexByte(segs[n], '%') < 0 {
			continue
		}
		plain, err := url.PathUnescape(segs[n])
		if err != nil {
			return 0, refuse(reasonPath, 400, codeInvalidParams, "bad escape in the path")
		}
		segs[n] = plain
	}
	return n, nil
}
