// Package profiles reads the configuration of the router: YAML files, one
// routing profile each. It knows the schema, checks files strictly and reports
// every mistake of every file at once, and it turns what it read into a
// [lasso.Catalog]. It also carries two built-in profiles, makes a profile of
// bare URLs, and watches a directory for changes.
//
// Nothing in this package puts a URL's path or query, a header value, an API
// key or the value of an environment variable into an error or a log.
package profiles

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxFileBytes is the size above which a file is refused unread.
const maxFileBytes = 4 << 20

//go:embed embedded/*.yml
var embedded embed.FS

// Source is one profile file: where it came from and its bytes. The base of
// the name, without extension, is the profile's slug.
type Source struct {
	Name string
	Data []byte
}

// Embedded returns the built-in profiles, public and testnet.
func Embedded() []Source {
	names, err := fs.Glob(embedded, "embedded/*.yml")
	if err != nil { // only a malformed pattern errs
		return nil
	}
	sources := make([]Source, 0, len(names))
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil { // an embedded file always reads
			continue
		}
		sources = append(sources, Source{Name: name, Data: data})
	}
	return sources
}

// ReadDir reads the profile files of one directory, sorted by name: *.yml and
// *.yaml, except names that start with "." or "_". It does not descend into
// directories. An empty result is no error here; [Load] refuses it.
func ReadDir(dir string) ([]Source, error) {
	tree := os.DirFS(dir)
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, fmt.Errorf("read profile directory: %w", err)
	}
	var sources []Source
	for _, e := range entries {
		if !isProfileName(e.Name()) {
			continue
		}
		info, err := fs.Stat(tree, e.Name()) // follows links
		if err != nil {
			return nil, fmt.Errorf("read profile %s: %w", filepath.Join(dir, e.Name()), err)
		}
		if info.IsDir() {
			continue
		}
		data, err := readFile(tree, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read profile %s: %w", filepath.Join(dir, e.Name()), err)
		}
		sources = append(sources, Source{Name: filepath.Join(dir, e.Name()), Data: data})
	}
	return sources, nil
}

// ReadPaths reads files, whatever they are called, and directories as
// [ReadDir] does, in the order given.
func ReadPaths(paths ...string) ([]Source, error) {
	var sources []Source
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("read profile: %w", err)
		}
		if info.IsDir() {
			more, err := ReadDir(p)
			if err != nil {
				return nil, err
			}
			sources = append(sources, more...)
			continue
		}
		data, err := readFile(os.DirFS(filepath.Dir(p)), filepath.Base(p))
		if err != nil {
			return nil, fmt.Errorf("read profile %s: %w", p, err)
		}
		sources = append(sources, Source{Name: p, Data: data})
	}
	return sources, nil
}

// readFile reads at most one byte more than a profile may have, so that Load
// can tell that the file is too long.
func readFile(tree fs.FS, name string) (data []byte, err error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}

// isProfileName reports whether a directory entry is a profile file.
func isProfileName(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return false
	}
	ext := path.Ext(name)
	return ext == ".yml" || ext == ".yaml"
}

// slugOf returns the slug that a file's name asks for.
func slugOf(name string) string {
	base := path.Base(filepath.ToSlash(name))
	return strings.TrimSuffix(base, path.Ext(base))
}
