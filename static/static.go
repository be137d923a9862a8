// Package static holds what browsers load: the compiled style sheet, our
// scripts, the vendored ones and the icon. Everything is embedded.
//
// The scripts of the page's frame are one file, "js/app.js"; those of single
// pages keep their names. Ours are minified when the first file is asked for.
//
// A file's URL carries a hash of its content, so an answer may be cached for
// ever: a new build has new URLs. The package keeps no state but its tables,
// built once.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Prefix is where the files are served.
const Prefix = "/static/"

// CacheControl goes with every answer to a URL that carries a hash.
const CacheControl = "public, max-age=31536000, immutable"

//go:embed app.css favicon.svg js/*.js vendor/*.js vendor/*.LICENSE
var files embed.FS

// File is one embedded file.
type File struct {
	Name string // "js/app.js"
	Type string // value of Content-Type
	ETag string // strong, quoted
	Body []byte // shared: not to be changed
	URL  string // "/static/js/app.1a2b3c4d5e6f.js"
}

type tables struct {
	byName map[string]*File
	byPath map[string]*File // without Prefix, with and without hash
}

const hashLength = 12 // hexadecimal digits; enough to tell builds apart

//nolint:gochecknoglobals // a table, built once from the embedded files
var load = sync.OnceValue(func() tables {
	t := tables{byName: map[string]*File{}, byPath: map[string]*File{}}
	add := func(name string, body []byte) {
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:])[:hashLength]
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hash + ext
		f := &File{Name: name, Type: contentType(ext), ETag: `"` + hash + `"`, Body: body, URL: Prefix + hashed}
		t.byName[name] = f
		t.byPath[name] = f
		t.byPath[hashed] = f
	}
	parts := make([][]byte, len(frameModules()))
	// The file system is embedded: reading it can not fail.
	_ = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if i := slices.Index(frameModules(), name); i >= 0 {
			parts[i] = body
			return nil
		}
		if path.Dir(name) == "js" {
			body = minify(body)
		}
		add(name, body)
		return nil
	})
	add(frame, minify(join(parts)))
	return t
})

func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "text/plain; charset=utf-8"
}

// URL returns the address of a file, such as "/static/app.1a2b3c4d5e6f.css"
// for "app.css". A name that is not embedded gives Prefix and the name.
func URL(name string) string {
	if f, ok := load().byName[name]; ok {
		return f.URL
	}
	return Prefix + name
}

// Open finds a file by its path below Prefix. Immutable is true when the path
// carries the hash of the content; without it the answer must be revalidated.
func Open(name string) (file File, immutable, ok bool) {
	f, ok := load().byPath[name]
	if !ok {
		return File{}, false, false
	}
	return *f, name != f.Name, true
}

// Build names the assets together: it is another one when any of them changed.
func Build() string { return build() }

//nolint:gochecknoglobals // built once from the embedded files
var build = sync.OnceValue(func() string {
	names := Names()
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		sum.Write([]byte(URL(name)))
	}
	return hex.EncodeToString(sum.Sum(nil))[:hashLength]
})

// Names lists all embedded files, in no particular order.
func Names() []string {
	names := make([]string, 0, len(load().byName))
	for name := range load().byName {
		names = append(names, name)
	}
	return names
}
