package classify

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/lasso-rpc/lasso"
)

// summaryLimit is the length of a summary in runes.
const summaryLimit = 160

// Summary says in one line for operators what went wrong: "HTTP 502", "-32005
// query returned more than 10000 results", "network error: connection refused".
// It names the HTTP status when that is set and not
// 2xx, the code when it is not 0, and the category when there is neither. It is safe to show, log and store: URLs,
// credentials, long hex and other long tokens, and control characters are taken
// out of message, and it has at most 160 runes. For OK it is empty.
func Summary(category lasso.Category, code int64, status int, message string) string {
	if category == lasso.OK {
		return ""
	}
	var head string
	if status != 0 && (status < 200 || status > 299) {
		head = "HTTP " + strconv.Itoa(status)
	}
	if code != 0 {
		if head != "" {
			head += ": "
		}
		head += strconv.FormatInt(code, 10)
	}
	text := clean(message)
	switch {
	case head == "" && text == "":
		return strings.ReplaceAll(category.String(), "_", " ")
	case text == "":
		return head
	case head == "":
		head = strings.ReplaceAll(category.String(), "_", " ") + ":"
	case code == 0:
		head += ":"
	}
	return shorten(head + " " + text)
}

func shorten(text string) string {
	runes := 0
	for i := range text {
		if runes == summaryLimit-1 {
			if rest := text[i:]; len([]rune(rest)) > 1 {
				return strings.TrimRight(text[:i], " ") + "…"
			}
			return text
		}
		runes++
	}
	return text
}

// cleanLimit is how much of a message is looked at: enough for a summary.
const cleanLimit = 2048

// clean takes secrets and control characters out of text from strangers.
// Markup, an error page, is dropped as a whole.
func clean(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), cleanLimit)], "")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case !unicode.IsPrint(r): // direction marks and the like
			return -1
		default:
			return r
		}
	}, text)
	words := strings.Fields(text)
	if len(words) == 0 || strings.HasPrefix(words[0], "<") {
		return ""
	}
	secret := false // a word before announces one
	for i, w := range words {
		announced := secret
		secret = announces(w) || announced && (w == "is" || w == "=" || w == ":")
		words[i] = cleanWord(w, announced)
	}
	return strings.Join(words, " ")
}

const hidden = "[…]"

// cleanWord hides what a word without spaces should not show.
func cleanWord(w string, announced bool) string {
	if isAddress(strings.Trim(w, `.,;:!?()[]{}"'`)) || announced && isRandom(w) {
		return hidden
	}
	for i := 1; i < len(w)-1; i++ {
		if (w[i] == '=' || w[i] == ':') && announces(w[:i]) {
			return w[:i+1] + hidden
		}
	}
	var b strings.Builder
	for len(w) > 0 {
		n := tokenLength(w)
		if n == 0 {
			r := strings.IndexFunc(w, isToken)
			if r < 0 {
				r = len(w)
			}
			b.WriteString(w[:r])
			w = w[r:]
			continue
		}
		b.WriteString(cleanToken(w[:n]))
		w = w[n:]
	}
	return b.String()
}

// isAddress reports whether a word holds a URL, a host with a path or a port,
// or a mail address.
func isAddress(w string) bool {
	if strings.Contains(w, "://") || strings.Contains(w, "@") {
		return true
	}
	dot := strings.IndexByte(w, '.')
	if dot <= 0 {
		return false
	}
	after := w[dot:]
	if slash := strings.IndexByte(after, '/'); slash > 1 {
		return true
	}
	colon := strings.LastIndexByte(after, ':')
	return colon > 1 && hasDigit(after[colon:])
}

// announces reports whether a credential may follow a word.
func announces(w string) bool {
	w = strings.ToLower(strings.Trim(w, `"'():=,{}[]&?`))
	for _, name := range [...]string{
		"key", "token", "secret", "password", "bearer", "basic", "authorization", "credential", "projectid", "project-id",
	} {
		if strings.HasSuffix(w, name) {
			return true
		}
	}
	return false
}

// isRandom reports whether a word looks more like a credential than like
// English.
func isRandom(w string) bool {
	if len(w) < 6 {
		return false
	}
	tail := w[1:]
	return hasDigit(w) || strings.Contains(w, "=") ||
		strings.ToLower(tail) != tail && strings.ToUpper(tail) != tail
}

// The longest runs of key characters that are shown. Names of methods are
// within them.
const (
	maxHex   = 20 // hex digits
	maxMixed = 23 // letters and digits
	maxWord  = 48 // letters only
)

func cleanToken(t string) string {
	digits := strings.TrimPrefix(strings.TrimPrefix(t, "0x"), "0X")
	switch {
	case len(digits) > maxHex && isHex(digits):
		return "0x…"
	case len(t) > maxMixed && hasDigit(t) && hasLetter(t), len(t) > maxWord, hexRun(t) > maxHex:
		return hidden
	default:
		return t
	}
}

// tokenLength is how long the run of characters is that keys are made of.
func tokenLength(w string) int {
	n := strings.IndexFunc(w, func(r rune) bool { return !isToken(r) })
	if n < 0 {
		return len(w)
	}
	return n
}

func isToken(r rune) bool {
	return r >= '0' && r <= '9' || isLetter(r) || r == '-' || r == '_'
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func hasLetter(s string) bool { return strings.IndexFunc(s, isLetter) >= 0 }

func isHex(s string) bool { return hexRun(s) == len(s) }

// hexRun is the length of the longest run of hex digits.
func hexRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
