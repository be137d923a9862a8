package lasso

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// MaxPublicURL is how many bytes a public URL may have.
const MaxPublicURL = 256

var (
	publicHost = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)
	publicPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)
)

// ParsePublicURL reads the address under which browsers reach a node: http or
// https with a host, perhaps a port and a path, and nothing else. The result has
// no slash at its end; that of the empty string is empty. Pages lead there, and
// other nodes name it: whatever a browser could read otherwise is an error, which
// does not repeat the value.
func ParsePublicURL(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if len(s) > MaxPublicURL {
		return "", fmt.Errorf("must have at most %d bytes, not %d", MaxPublicURL, len(s))
	}
	// What url.Parse forgives and browsers read in their own way.
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\\\"'<>`{}|^%", r) }) {
		return "", errors.New("has a character that it may not have")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return "", errors.New("must begin with http:// or https://")
	}
	switch {
	case strings.Contains(rest, "@"):
		return "", errors.New("must not hold a user name or a password")
	case strings.ContainsAny(rest, "?#"):
		return "", errors.New("must not have a query or a fragment")
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || u.User != nil || u.Opaque != "" || !validHost(u) {
		return "", errors.New("must name a host, such as https://lasso.example.com")
	}
	path := strings.TrimRight(u.Path, "/")
	if !publicPath.MatchString(path) {
		return "", errors.New("has a path that is not like /lasso")
	}
	return scheme + "://" + strings.ToLower(u.Host) + path, nil
}

func validHost(u *url.URL) bool {
	host := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() || a.Zone() != "" {
			return false
		}
	} else if len(host) > 253 || !publicHost.MatchString(host) {
		return false
	}
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	port := u.Port()
	if port == "" {
		return true
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n < 1<<16
}
