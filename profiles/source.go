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
	"errors"
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

// readDir reads the profile files of one directory, sorted by name: *.yml and
// *.yaml, except names that start with "." or "_". It does not descend into
// directories. An empty result is no problem here; [Load] refuses it. Files that
// could not be read are problems; the others are returned with them.
func readDir(dir string) (sources []Source, problems Problems) {
	tree := os.DirFS(dir)
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, Problems{unread(dir, err)}
	}
	for _, e := range entries {
		if !isProfileName(e.Name()) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		info, err := fs.Stat(tree, e.Name()) // follows links
		switch {
		case err != nil:
			problems = append(problems, unread(name, err))
			continue
		case info.IsDir():
			continue
		case !info.Mode().IsRegular(): // to open a named pipe would wait for a writer
			problems = append(problems, Problem{File: name, Message: "is not a file: a pipe, socket or device can not be a profile"})
			continue
		}
		data, err := readFile(tree, e.Name())
		if err != nil {
			problems = append(problems, unread(name, err))
			continue
		}
		sources = append(sources, Source{Name: name, Data: data})
	}
	return sources, problems
}

// readPaths reads files, whatever they are called, and directories as readDir
// does, in the order given. What could not be read and directories without a
// profile are problems; the rest is returned with them.
func readPaths(paths []string) (sources []Source, problems Problems) {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			problems = append(problems, unread(p, err))
			continue
		}
		if info.IsDir() {
			more, bad := readDir(p)
			if len(more)+len(bad) == 0 {
				bad = Problems{{File: p, Message: noProfile}}
			}
			sources, problems = append(sources, more...), append(problems, bad...)
			continue
		}
		data, err := readFile(os.DirFS(filepath.Dir(p)), filepath.Base(p))
		if err != nil {
			problems = append(problems, unread(p, err))
			continue
		}
		sources = append(sources, Source{Name: p, Data: data})
	}
	return sources, problems
}

// unread tells why a file or directory could not be read.
func unread(name string, err error) Problem {
	if wrapped, ok := errors.AsType[*fs.PathError](err); ok {
		err = wrapped.Err // its text names the path once more, or a part of it
	}
	return Problem{File: name, Message: "can not be read: " + err.Error()}
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
