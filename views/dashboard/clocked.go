package dashboard

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
)

// ahead is how far the clock of another node may be before ours.
const ahead = time.Minute

// clocked writes a sentence whose times of day can be shown in the reader's own
// zone. A time of day is the last one before now; one that follows a date is
// left as it is.
func clocked(s Shell, text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for rest := text; rest != ""; {
			i, at := firstClock(s.Now, rest)
			b.WriteString(templ.EscapeString(rest[:i]))
			rest = rest[i:]
			if at.IsZero() {
				continue
			}
			b.WriteString(`<time datetime="` + templ.EscapeString(views.Machine(at)) + `" title="` + templ.EscapeString(views.Stamp(at)) + `">` + rest[:len(clockForm)] + `</time>`)
			rest = rest[len(clockForm):]
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

const clockForm = "15:04:05" // as [views.Clock] writes it

// firstClock finds the first time of day in a text: where it begins, and when it
// was. Without one it is the end of the text and the zero time.
func firstClock(now time.Time, text string) (int, time.Time) {
	for i := 0; i+len(clockForm) <= len(text); i++ {
		if i > 0 && wordByte(text[i-1]) || i+len(clockForm) < len(text) && wordByte(text[i+len(clockForm)]) {
			continue
		}
		clock, err := time.Parse(clockForm, text[i:i+len(clockForm)])
		if err != nil || dated(text[:i]) {
			continue
		}
		day := now.UTC().Add(ahead)
		at := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
		if at.After(day) {
			at = at.AddDate(0, 0, -1)
		}
		return i, at
	}
	return len(text), time.Time{}
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == ':' || c == '.' || c >= 0x80
}

// dated tells whether a text ends with a date, such as "21 Nov ".
func dated(text string) bool {
	const form = "Jan"
	text = strings.TrimSuffix(text, " ")
	if len(text) < len(form) {
		return false
	}
	_, err := time.Parse(form, text[len(text)-len(form):])
	return err == nil
}
