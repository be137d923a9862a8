package static

import "bytes"

// frame is the script of every page: the modules of the page's frame in one
// file, which compresses better and is asked for once.
const frame = "js/app.js"

// frameModules are its parts, in the order in which they run.
func frameModules() []string {
	return []string{"js/toast.js", "js/live.js", "js/shell.js", "js/zone.js", "js/palette.js", "js/keys.js", "js/copy.js"}
}

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

// pack leaves out what only those who read a script need: lines that are
// comments, empty lines, indentation. No text of a script may span lines.
func pack(script []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(script) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || bytes.HasPrefix(line, []byte("//")) {
			continue
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}
