package profiles

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"strings"

	"github.com/lasso-rpc/lasso"
)

// instanceID names the upstream behind a provider: "<chain>:<label>:<hash>".
// Equal endpoint and equal credentials on one chain give equal ids; isolated
// providers have one per profile. Credentials enter only as part of a hash.
func instanceID(profile lasso.ProfileID, chain lasso.ChainID, http, ws endpoint, headers []lasso.Header, isolated bool) lasso.InstanceID {
	owner := ""
	if isolated {
		owner = string(profile)
	}
	parts := []string{chain.String(), http.norm, ws.norm, owner}
	for _, h := range headers { // sorted, canonical names
		parts = append(parts, h.Name, h.Value)
	}
	return lasso.InstanceID(fmt.Sprintf("%s:%s:%s", chain, hostLabel(http.host), digest(parts)))
}

// digest returns the first 12 hex digits of SHA-256 over v as JSON, which
// keeps the parts of a list apart.
func digest(v any) string {
	data, err := json.Marshal(v)
	if err != nil { // text, numbers and lists of them always marshal
		data = fmt.Append(nil, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:12]
}

// hostLabel returns the second-level label of a host, such as "publicnode" of
// "base.publicnode.com"; of an address, all of it.
func hostLabel(host string) string {
	label := host
	if net.ParseIP(host) == nil {
		parts := strings.Split(strings.TrimSuffix(host, "."), ".")
		label = parts[max(0, len(parts)-2)]
	}
	return plain(label, 40)
}

// plain keeps small letters and digits, makes a hyphen of everything else and
// cuts at limit bytes.
func plain(s string, limit int) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteRune(c)
		} else {
			b.WriteByte('-')
		}
	}
	out := b.String()
	if len(out) > limit {
		out = out[:limit]
	}
	if out = strings.Trim(out, "-"); out == "" {
		return "host"
	}
	return out
}

// hashes sets the digests of a configuration: of each profile and of all, as
// nodes of several regions may share them, and of everything. The order of files
// and their names do not matter.
func hashes(c *lasso.Catalog) {
	var common, all []string
	for _, p := range c.Profiles {
		p.Hash = commonHash(p)
		common = append(common, string(p.Slug), p.Hash)
		all = append(all, p.Hash)
		for _, ch := range p.Chains {
			for _, v := range ch.Providers {
				all = append(all, string(v.Instance), digest(v.URL), digest(v.WSURL))
			}
		}
	}
	c.Common, c.Hash = digest(common), digest(all)
}

// commonHash digests a profile without endpoints and credentials, which differ
// between regions.
func commonHash(p *lasso.Profile) string {
	plain := *p
	plain.Source, plain.Hash, plain.Chains = "", "", make([]*lasso.Chain, len(p.Chains))
	for i, c := range p.Chains {
		chain := *c
		chain.Providers = make([]*lasso.Provider, len(c.Providers))
		for j, v := range c.Providers {
			provider := *v
			provider.Instance = ""
			chain.Providers[j] = &provider
		}
		plain.Chains[i] = &chain
	}
	return digest(plain)
}
