package profiles

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lasso-rpc/lasso"
)

const noProfile = "no profile was found; a profile is a file that ends in .yml or .yaml"

// LoadPaths reads files and directories as [ReadPaths] does and loads them as
// [Load] does. The error is a [Problems] that names what could not be read
// beside the mistakes in the rest. files is how many files were read.
func LoadPaths(paths []string, getenv func(string) (string, bool), now time.Time) (c *lasso.Catalog, files int, err error) {
	sources, problems := readPaths(paths)
	if len(sources) > 0 || len(problems) == 0 {
		c, err = Load(sources, getenv, now)
	}
	if len(problems) == 0 {
		return c, len(sources), err
	}
	if wrong, ok := errors.AsType[Problems](err); ok {
		problems = append(problems, wrong...)
	}
	return nil, len(sources), problems.err()
}

// Load checks all sources and makes a catalog of them, stamped with now.
// getenv looks up the variables that values name; it is usually
// [os.LookupEnv]; nil means that none is set. The error is a [Problems] with every mistake of every file;
// then there is no catalog: one bad file refuses the whole configuration.
func Load(sources []Source, getenv func(string) (string, bool), now time.Time) (*lasso.Catalog, error) {
	if len(sources) == 0 {
		return nil, Problems{{Message: noProfile}}
	}
	if getenv == nil {
		getenv = func(string) (string, bool) { return "", false }
	}
	var (
		problems Problems
		profiles []*lasso.Profile
		files    = map[lasso.ProfileID]string{}
	)
	for _, src := range sources {
		p, at, found := loadFile(src, getenv)
		problems = append(problems, found...)
		if p == nil {
			continue
		}
		if first, ok := files[p.Slug]; ok {
			problems = append(problems, Problem{
				File: src.Name, Line: at.Line, Column: at.Column,
				Message: "the profile \"" + string(p.Slug) + "\" is also in " + first,
			})
			continue
		}
		files[p.Slug] = src.Name
		profiles = append(profiles, p)
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	slices.SortFunc(profiles, func(a, b *lasso.Profile) int { return strings.Compare(string(a.Slug), string(b.Slug)) })
	c := lasso.NewCatalog(profiles, "", now)
	hashes(c)
	return c, nil
}

// loadFile reads one file. The profile is set where at least its slug is
// known, also when there are problems; at is where the slug is.
func loadFile(src Source, getenv func(string) (string, bool)) (p *lasso.Profile, at *yaml.Node, found Problems) {
	docs, syntax := parseYAML(src)
	if syntax != nil {
		return nil, nil, Problems{*syntax}
	}
	r := &reader{file: src.Name, getenv: getenv}
	root := r.join(docs)
	if root == nil {
		return nil, nil, r.problems
	}
	o := r.object(root, &yaml.Node{Line: root.Line, Column: root.Column}, profileSection, "the profile")
	if o == nil {
		return nil, nil, r.problems
	}
	p, at = r.profile(o)
	return p, at, r.problems
}

// join makes one mapping of the documents of a file: all keys in one, or the
// profile's settings in the first and its chains in the second.
func (r *reader) join(docs []*yaml.Node) *yaml.Node {
	switch len(docs) {
	case 0:
		r.problem(nil, "the file is empty; a profile needs at least \"chains\"")
		return nil
	case 1:
		return docs[0]
	case 2:
	default:
		r.problem(docs[2], "a profile has at most two YAML documents: its settings, then its chains")
		return nil
	}
	for i, d := range docs {
		if d.Kind != yaml.MappingNode {
			r.problem(d, "document %d must be a mapping of keys to values, not %s", i+1, typeOf(d))
			return nil
		}
	}
	front, body := docs[0], docs[1]
	if scalarKey(front, "chains") != nil && scalarKey(body, "chains") == nil {
		r.problem(body, "the first document has the chains already; put all keys in one document, or the chains alone in the second")
		return nil
	}
	for i := 0; i+1 < len(body.Content); i += 2 {
		k := body.Content[i]
		_, known := profileSection.find(k.Value)
		if known && k.Value != "chains" && scalarKey(front, k.Value) == nil {
			r.problem(k, "key %q belongs in the first document; the second has \"chains\" only", k.Value)
		}
	}
	both := *front
	both.Content = slices.Concat(front.Content, body.Content)
	return &both
}

func scalarKey(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode && n.Content[i].Value == name {
			return n.Content[i]
		}
	}
	return nil
}
