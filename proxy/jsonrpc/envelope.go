package jsonrpc

// member is a top-level name that means something in an envelope.
type member uint8

const (
	memberVersion member = iota
	memberID
	memberMethod
	memberParams
	memberResult
	memberError
	memberCount
)

// envelope is where the members of one request or response object are. The
// first of each name counts.
type envelope struct {
	at       [memberCount]Span
	repeated uint8 // bit set of member
}

func (e *envelope) has(m member) bool { return !e.at[m].absent() }

func (e *envelope) raw(b []byte, m member) []byte { return e.at[m].of(b) }

// repeats reports whether any of the members came more than once.
func (e *envelope) repeats(names ...member) bool {
	for _, m := range names {
		if e.repeated&(1<<m) != 0 {
			return true
		}
	}
	return false
}

// read finds the members of the object at b[i] and returns the index after it.
// On an error the index tells where.
func (e *envelope) read(b []byte, i, depth int) (int, syntaxError) {
	w := open(b, i, depth)
	for w.next() {
		var m member
		switch string(w.name()) {
		case "jsonrpc":
			m = memberVersion
		case "id":
			m = memberID
		case "method":
			m = memberMethod
		case "params":
			m = memberParams
		case "result":
			m = memberResult
		case "error":
			m = memberError
		default:
			continue
		}
		if e.has(m) {
			e.repeated |= 1 << m
			continue
		}
		e.at[m] = w.val
	}
	return w.at, w.err
}

// versionTwo reports whether raw is the string "2.0".
func versionTwo(raw []byte) bool {
	return raw[0] == '"' && string(unescaped(raw[1:len(raw)-1])) == "2.0"
}
