package static

import (
	"bytes"

	"github.com/tdewolff/minify/v2/js"
)

// frame is the script of every page: the modules of the page's frame, and the
// small ones of a page, in one file, which compresses better and is asked for once.
const frame = "js/app.js"

// frameModules are its parts, in the order in which they run.
func frameModules() []string {
	return []string{"js/toast.js", "js/live.js", "js/shell.js", "js/zone.js", "js/palette.js", "js/keys.js", "js/copy.js", "js/requests.js", "js/playground.js"}
}

// ecmaScript is the version that a minified script may use.
const ecmaScript = 2022

// join puts modules into one. Each keeps its names to itself in a block of its
// own; none of them may import or export.
func join(modules [][]byte) []byte {
	var b bytes.Buffer
	for _, m := range modules {
		b.WriteString("{\n")
		b.Write(m)
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// minify leaves out what only those who read a script need: comments, space,
// long local names. A script that can not be parsed is sent as it is; a test
// shows that there is none.
func minify(script []byte) []byte {
	var b bytes.Buffer
	m := js.Minifier{Version: ecmaScript}
	if err := m.Minify(nil, &b, bytes.NewReader(script), nil); err != nil {
		return script
	}
	return b.Bytes()
}
