package profiles

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	slugPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	namePattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	assetPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)
	methodPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	colorPattern  = regexp.MustCompile(`^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)
	digitsPattern = regexp.MustCompile(`^[0-9]+$`)
	headerPattern = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$") // RFC 9110 token
)

// The checks return what is wrong as the end of a sentence that begins with
// the key, or the empty string. They never quote the value.

func checkSlug(s string) string {
	if !slugPattern.MatchString(s) {
		return `may hold only small letters, digits, "-" and "_", must start with a letter or digit, and has at most 64 characters`
	}
	return ""
}

func checkProviderID(s string) string {
	if !namePattern.MatchString(s) {
		return `may hold only letters, digits, "-", "_" and ".", must start with a letter or digit, and has at most 64 characters`
	}
	return ""
}

func checkAlias(s string) string {
	if why := checkProviderID(s); why != "" {
		return why
	}
	if isReservedAlias(s) {
		return "must not be a word that has a meaning in paths: " + strings.Join(reservedAliases(), ", ")
	}
	return ""
}

func checkName(s string) string {
	if utf8.RuneCountInString(s) > 100 || strings.ContainsFunc(s, unicode.IsControl) {
		return "must be one line of at most 100 characters"
	}
	return ""
}

func checkAsset(s string) string {
	if !assetPattern.MatchString(s) {
		return `must be a plain file name of letters, digits, "-", "_" and "."`
	}
	return ""
}

func checkMethod(s string) string {
	if !methodPattern.MatchString(s) {
		return "must be the name of a JSON-RPC method: a letter, then letters, digits and \"_\", at most 64 characters"
	}
	return ""
}

func checkColor(s string) string {
	if !colorPattern.MatchString(s) {
		return `must be a colour written as "#RGB" or "#RRGGBB"`
	}
	return ""
}

func checkFragment(s string) string {
	if strings.TrimSpace(s) == "" || len(s) > 500 {
		return "must be 1 to 500 characters and not only spaces"
	}
	return ""
}

// ownHeaders are written by the HTTP or WebSocket client.
var ownHeaders = []string{ //nolint:gochecknoglobals // a table, never written
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "Keep-Alive",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func checkHeaderName(s string) string {
	if !headerPattern.MatchString(s) {
		return `is not an HTTP header name, which may hold letters, digits, "-" and "_"`
	}
	name := http.CanonicalHeaderKey(s)
	if slices.Contains(ownHeaders, name) || strings.HasPrefix(name, "Sec-Websocket-") {
		return "must not be " + name + ", which belongs to the connection"
	}
	return ""
}

// checkHeaderValue allows what RFC 9110 does, without leading or trailing
// space.
func checkHeaderValue(s string) string {
	const maxBytes = 8 << 10
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return "holds a line break or another control character"
		}
	}
	if strings.TrimSpace(s) != s {
		return "starts or ends with a space"
	}
	if len(s) > maxBytes {
		return "is longer than 8192 bytes"
	}
	return ""
}

// reservedAliases are the words that have a meaning as a path segment where a
// chain may stand.
func reservedAliases() []string { return append(strategyNames(), "profile", "provider") }

func isReservedAlias(s string) bool {
	return slices.Contains(reservedAliases(), strings.ReplaceAll(s, "_", "-"))
}

func isReservedSlug(s string) bool {
	switch s {
	case "default", "sign-in", "sign-out": // the last two are pages of the dashboard
		return true
	}
	return isReservedAlias(s)
}

// endpoint is a checked URL without its credentials.
type endpoint struct {
	url  string // as it is dialled
	norm string // for comparing
	host string // without port
	auth string // value of Authorization made of user and password; may be empty
}

// parseEndpoint checks a URL. The second result is what is wrong, as the end
// of a sentence; it never quotes the URL.
func parseEndpoint(raw string, schemes ...string) (endpoint, string) {
	const maxBytes = 4 << 10
	allowed := "must start with " + strings.Join(schemes, ":// or ") + "://"
	if len(raw) > maxBytes {
		return endpoint{}, "is longer than 4096 bytes"
	}
	u, err := url.Parse(raw)
	if err != nil { // its text quotes the URL
		return endpoint{}, "is not a valid URL; it " + allowed
	}
	scheme := strings.ToLower(u.Scheme)
	switch {
	case !slices.Contains(schemes, scheme):
		return endpoint{}, allowed
	case u.Opaque != "" || u.Hostname() == "":
		return endpoint{}, "has no host; it must look like " + schemes[0] + "://host/path"
	case strings.ContainsAny(u.Hostname(), " \t\"'<>\\"):
		return endpoint{}, "has a host with characters that are not allowed there"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return endpoint{}, `must not hold "#"; write %23 where it is part of the path`
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return endpoint{}, "has a port outside 1 to 65535"
		}
	}
	var auth string
	if u.User != nil {
		pass, _ := u.User.Password()
		auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+pass))
		u.User = nil
	}
	u.Scheme = scheme
	return endpoint{url: u.String(), norm: normalise(u), host: strings.ToLower(u.Hostname()), auth: auth}, ""
}

// normalise writes a URL so that spellings of one endpoint are equal: small
// letters in scheme and host, no default port, no trailing slash, the query
// sorted by key.
func normalise(u *url.URL) string {
	n := *u
	n.Host = strings.ToLower(n.Host)
	switch port := n.Port(); {
	case port == "80" && (n.Scheme == "http" || n.Scheme == "ws"),
		port == "443" && (n.Scheme == "https" || n.Scheme == "wss"):
		n.Host = strings.TrimSuffix(n.Host, ":"+port)
	}
	pairs := strings.Split(n.RawQuery, "&")
	slices.SortStableFunc(pairs, func(a, b string) int {
		ka, _, _ := strings.Cut(a, "=")
		kb, _, _ := strings.Cut(b, "=")
		return strings.Compare(ka, kb)
	})
	n.RawQuery = strings.Join(pairs, "&")
	n.ForceQuery = false
	path := strings.TrimRight(n.EscapedPath(), "/")
	s := n.Scheme + "://" + n.Host + path
	if n.RawQuery != "" {
		s += "?" + n.RawQuery
	}
	return s
}
