package main

import (
	"regexp"
	"runtime/debug"
	"strings"
)

// release is set when a release is built: -ldflags "-X main.release=v1.2.3".
var release string //nolint:gochecknoglobals // the linker writes it

// version is the release, else what the build recorded.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	if r := revision(); r != "" {
		return "dev-" + r
	}
	return "dev"
}

// revision is that of the sources, as the build recorded it: twelve digits, and
// whether the sources were changed.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			if s.Value == "true" {
				modified = "+changes"
			}
		}
	}
	if revision == "" {
		return ""
	}
	return revision + modified
}

// untagged is how Go names a commit that has no tag of its own, or one with
// changes on top: v0.3.1-0.20261123120000-0123456789ab, v0.3.0+dirty.
var untagged = regexp.MustCompile(`[-.]\d{14}-[0-9a-f]{12}|\+dirty`)

// unreleased reports whether a version is that of a developer's build.
func unreleased(version string) bool {
	return version == "dev" || strings.HasPrefix(version, "dev-") || untagged.MatchString(version)
}
