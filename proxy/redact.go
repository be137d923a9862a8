package proxy

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/lasso-rpc/lasso"
)

const (
	secretPart     = 12 // shortest part of a path, query or header that is taken for a secret
	secretPassword = 6
	hiddenSecret   = "[…]"
)

// secretsOf lists what an upstream is configured with that must not come back
// to a caller when the upstream quotes it in an error: the long parts of its
// path and query, its password, its header values. The longest come first.
func secretsOf(u *url.URL, headers []lasso.Header) [][]byte {
	var all [][]byte
	add := func(s string, least int) {
		// A match must lie within a JSON string: what may be a number is left.
		if len(s) >= least && strings.Trim(s, "0123456789.+-eE") != "" && !strings.ContainsAny(s, "\"\\ \t") {
			all = append(all, []byte(s))
		}
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		add(part, secretPart)
	}
	for _, values := range u.Query() {
		for _, v := range values {
			add(v, secretPart)
		}
	}
	if password, ok := u.User.Password(); ok {
		add(password, secretPassword)
		add(base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)), secretPassword)
	}
	add(u.User.Username(), secretPart)
	for _, h := range headers {
		for part := range strings.FieldsSeq(h.Value) {
			add(part, secretPart)
		}
	}
	slices.SortFunc(all, func(a, b []byte) int { return len(b) - len(a) })
	return all
}

// redact takes the upstream's secrets out of a text or JSON value.
func (u *upstream) redact(text []byte) []byte {
	for _, s := range u.secrets {
		if bytes.Contains(text, s) {
			text = bytes.ReplaceAll(text, s, []byte(hiddenSecret))
		}
	}
	return text
}

// redactVerdict does so with all that leaves the router for an attempt, but not
// with a result for a client: that is the upstream's to the byte.
func (u *upstream) redactVerdict(v *verdict, to lasso.Origin) {
	if v.category == lasso.OK && to == lasso.Client || len(u.secrets) == 0 {
		return
	}
	v.answer.body = u.redact(v.answer.body)
	v.message = string(u.redact([]byte(v.message)))
}
