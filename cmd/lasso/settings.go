package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

// variables gives flags the values of environment variables, where the command
// line does not give them: it holds, by flag, the variable that did. A variable
// that is empty counts as not set, and one whose flag is given is not looked at.
type variables map[string]string

// Resolve implements [kong.Resolver].
func (v variables) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	name := variableOf(f.Value)
	if name == "" || os.Getenv(name) == "" {
		return nil, nil // no value
	}
	v[f.Name] = name
	return os.Getenv(name), nil
}

// Validate implements [kong.Resolver].
func (variables) Validate(*kong.Application) error { return nil }

// blame puts the name of the variable in place of that of the flag, where a
// message begins with a flag whose value is the variable's.
func (v variables) blame(message string) string {
	for flag, name := range v {
		if rest, ok := strings.CutPrefix(message, "--"+flag); ok && strings.HasPrefix(strings.TrimPrefix(rest, ":"), " ") {
			return name + rest
		}
	}
	return message
}

// variableOf returns the environment variable of a flag, or the empty string.
func variableOf(v *kong.Value) string { return v.Tag.Get("variable") }

// describe is the help of a flag with its variable.
func describe(v *kong.Value) string {
	name := variableOf(v)
	if name == "" {
		return v.Help
	}
	return strings.TrimSuffix(v.Help, ".") + " ($" + name + ")."
}

// usageError is a mistake in an argument, a flag or a variable. It begins with
// the name: "--listen: …".
type usageError string

func (e usageError) Error() string { return string(e) }

func usage(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// check finds the values that the types of the flags do not exclude. The error
// joins a [usageError] for each.
func (f *nodeFlags) check() error {
	var errs []error
	if _, err := f.listenAddress(); err != nil {
		errs = append(errs, err)
	}
	if !isLabel(f.NodeID) || strings.Contains(f.NodeID, " ") {
		errs = append(errs, usage("--node-id: must be at most 64 characters, without spaces and control characters"))
	}
	if !isLabel(f.Region) {
		errs = append(errs, usage("--region: must be at most 64 characters, without control characters and spaces at the ends"))
	}
	if f.MaxBatch < 1 {
		errs = append(errs, usage("--max-batch: must be at least 1, not %d", f.MaxBatch))
	}
	if !web.ValidPathPrefix(f.PathPrefix) {
		errs = append(errs, usage("--path-prefix: must be like /lasso, and not begin with a path of Lasso's own, not %q", f.PathPrefix))
	}
	if err := f.checkPublicURL(); err != nil {
		errs = append(errs, err)
	}
	if _, err := web.ParseTrustedProxies(f.TrustedProxies); err != nil {
		errs = append(errs, usage("--trusted-proxies: %v", err))
	}
	if f.MaxInflightBytes < web.DefaultMaxBody {
		errs = append(errs, usage("--max-inflight-bytes: must be at least %d, the largest body, not %d", web.DefaultMaxBody, f.MaxInflightBytes))
	}
	return errors.Join(errs...)
}

// checkPublicURL puts the address into its one form. It may hold a password by
// mistake: what is wrong with it is told without it.
func (f *nodeFlags) checkPublicURL() error {
	address, err := lasso.ParsePublicURL(f.PublicURL)
	if err != nil {
		return usage("--public-url: %v", err)
	}
	f.PublicURL = address
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || f.PathPrefix == "" && u.Path != "":
		return usage("--public-url: must have no path, as there is no --path-prefix")
	case u.Path != f.PathPrefix:
		return usage("--public-url: must end with the path of --path-prefix, %q: links of the dashboard begin with it", f.PathPrefix)
	}
	return nil
}

// isLabel reports whether a name may become a label of figures; an empty one
// stands for the default.
func isLabel(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= 64 && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, unicode.IsControl)
}

// plural is a number with its noun, which takes an s.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
