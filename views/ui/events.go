package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is a moment that a chart marks.
type Event struct {
	At     time.Time
	Name   string // to whom it happened, short; may be empty
	What   string // "opened"
	Many   string // several of them: "openings"
	Status Status
}

// mostName is how much of a name a mark shows, in letters.
const mostName = 18

func (e Event) label() string {
	name := []rune(e.Name)
	if len(name) > mostName {
		name = append(name[:mostName-1], '…')
	}
	return strings.TrimSpace(string(name) + " " + e.What)
}

// reads tells whether both events have the same label.
func (e Event) reads(other Event) bool {
	return e.Name == other.Name && e.What == other.What || e.label() == other.label()
}

// bunch is one event or several, as far as they are drawn: it grows without
// keeping them.
type bunch struct {
	first  Event
	at     float64 // of the first, part of the width
	n      int
	alike  bool   // all have the label of the first
	many   string // several of them; "events" when they are of several kinds
	pair   string // what the second did; empty unless there are two, each alone, to the same
	status Status // open if any is
}

func bunchOf(e Event, at float64) bunch {
	return bunch{first: e, at: at, n: 1, alike: true, many: e.Many, status: e.Status}
}

// with is both bunches, of which the other is the later.
func (b bunch) with(other bunch) bunch {
	b.pair = ""
	if b.n == 1 && other.n == 1 && b.first.Name == other.first.Name {
		b.pair = other.first.What
	}
	b.alike = b.alike && other.alike && b.first.reads(other.first)
	b.n += other.n
	if b.many != other.many {
		b.many = manyKinds
	}
	if other.status == CircuitOpen {
		b.status = CircuitOpen
	}
	return b
}

// manyKinds are events that have no other word in common. js/plot.js has the same.
const manyKinds = "events"

// label names the events in as few words as a mark has room for. js/plot.js has
// the same.
func (b bunch) label() string {
	switch {
	case b.n == 1:
		return b.first.label()
	case b.alike:
		return b.first.label() + " ×" + strconv.Itoa(b.n)
	case b.pair != "":
		return b.first.label() + ", " + b.pair
	}
	return strconv.Itoa(b.n) + " " + b.many
}

// mostMarks is how many events a chart draws one by one. Of more, those in the
// same of so many parts of its width are one mark from the start, at the first of
// them.
const mostMarks = 100

// bunches are the events on the axis, the oldest first, in mostMarks at most.
func bunches(axis Axis, events []Event) []bunch {
	if !slices.IsSortedFunc(events, earlier) {
		events = slices.SortedStableFunc(slices.Values(events), earlier)
	}
	from, _ := slices.BinarySearchFunc(events, axis.From, reaches)
	to, _ := slices.BinarySearchFunc(events, axis.To, reaches)
	if from >= to {
		return nil
	}
	events = events[from:to]
	out := make([]bunch, 0, min(len(events), mostMarks))
	for i := range events {
		next := bunchOf(events[i], axis.place(events[i].At))
		if n := len(out); n > 0 && len(events) > mostMarks && int(out[n-1].at*mostMarks) == int(next.at*mostMarks) {
			out[n-1] = out[n-1].with(next)
			continue
		}
		out = append(out, next)
	}
	return out
}

func earlier(x, y Event) int { return x.At.Compare(y.At) }

func reaches(e Event, at time.Time) int { return e.At.Compare(at) }

// EventMark is the label of one event, or of several that are too close for one each. All places are parts of the width of the plot, 0 to 1.
type EventMark struct {
	From, To    float64 // the lines of the first event and of the last
	Left, Right float64 // what the label takes, with the room around it
	Flipped     bool    // the label is left of the line
	Label       string
	Status      Status
	events      bunch
}

// What a letter of a label takes at most, what is around a label, and how close
// events are told together, in pixels. js/plot.js has the same.
const (
	letterW  = 7
	labelPad = 10
	near     = 16 // what is closer is always one mark
)

// PlaceEvents sets the events that are on the axis into a plot of a width in pixels.
// A label is right of its line, and left of it past 80 %, where it would leave the
// plot, or where it would be in the way of the next. Marks that would touch each
// other all the same become one: what remains never overlaps and never leaves the
// plot. The order of the events does not matter, and however many there are, the
// marks are few.
func PlaceEvents(axis Axis, events []Event, width float64) []EventMark {
	return placed(bunches(axis, events), width)
}

func placed(events []bunch, width float64) []EventMark {
	var out []EventMark
	for i := range events {
		m := newMark(events[i], events[i].at, width)
		for len(out) > 0 && out[len(out)-1].end() > m.begin() {
			before := out[len(out)-1]
			out = out[:len(out)-1]
			room := 0.0
			if len(out) > 0 {
				room = out[len(out)-1].end()
			}
			if turned := before.turned(); turned.Left >= room && turned.end() <= m.begin() && m.From-before.To >= near/width {
				out = append(out, turned)
				break
			}
			m = newMark(before.events.with(m.events), m.To, width)
		}
		out = append(out, m)
	}
	return out
}

func newMark(events bunch, to, width float64) EventMark {
	from := events.at
	m := EventMark{From: from, To: to, Label: events.label(), Status: events.status, events: events}
	w := min(float64(letters(m.Label)*letterW+labelPad)/width, 1)
	m.Left = from
	if from > 0.8 || from+w > 1 {
		m.Left, m.Flipped = from-w, from >= w
	}
	m.Left = max(m.Left, 0)
	m.Right = m.Left + w
	return m
}

// turned is the mark with its label on the left.
func (m EventMark) turned() EventMark {
	m.Left, m.Right, m.Flipped = m.From-(m.Right-m.Left), m.From, true
	return m
}

// begin and end are what the mark takes, with its lines.
func (m EventMark) begin() float64 { return min(m.Left, m.From) }
func (m EventMark) end() float64   { return max(m.Right, m.To) }

func letters(s string) int { return utf8.RuneCountInString(s) }

// x is where the label begins, or ends when it is flipped.
func (m EventMark) x() float64 {
	if m.Flipped {
		return m.From
	}
	return m.Left
}

func (m EventMark) anchor() string {
	if m.Flipped {
		return "end"
	}
	return "start"
}

func (m EventMark) shift() string {
	if m.Flipped {
		return "-4"
	}
	return "4"
}

// length squeezes a label of uncommonly wide letters into its room; empty for
// all others, which are narrower.
func (m EventMark) length() string {
	if most := letters(m.Label) * letterW; textWidth(m.Label) > most {
		return strconv.Itoa(most)
	}
	return ""
}

func eventClass(s Status) string {
	switch s {
	case CircuitOpen:
		return "evm evm-open"
	case Degraded:
		return "evm evm-degr"
	case Healthy:
		return "evm evm-ok"
	case RateLimited, TestingRecovery, Recovering, Lagging, Unknown, Drained:
	}
	return "evm evm-unk"
}

type eventPath struct{ class, d string }

// leastApart is what two lines of events have between them, of 1000: what is
// closer is one line. js/plot.js has the same.
const leastApart = 4

// eventPaths are the lines of the events, by class.
func eventPaths(events []bunch) []eventPath {
	var out []eventPath
	for _, s := range slices.Backward(Statuses()) {
		var p pen
		last := -plotW
		for i := range events {
			x := plotW * events[i].at
			if events[i].status != s || x-last < leastApart {
				continue
			}
			p.move(x, 0)
			p.line(x, plotH)
			last = x
		}
		if d := p.String(); d != "" {
			out = append(out, eventPath{eventClass(s), d})
		}
	}
	return out
}

// layer is the labels of charts that are at least as wide as class says.
type layer struct {
	class string
	width float64 // of the narrowest plot, in pixels
}

// layers are three, as a server does not know how wide a chart will be: the
// style sheet shows the one that fits. js/plot.js has the same widths.
func layers() []layer { return []layer{{"at-s", 220}, {"at-m", 440}, {"at-l", 720}} }

// mostNamed is how many events a sentence names.
const mostNamed = 5

// sentence tells what the chart marks, for those who can not see it; empty for
// no events.
func sentence(axis Axis, events []Event) string {
	var named []string
	n := 0
	for _, e := range events {
		if !axis.holds(e.At) {
			continue
		}
		if n++; n <= mostNamed {
			named = append(named, e.label()+" at "+e.At.UTC().Format(time.TimeOnly))
		}
	}
	switch {
	case n == 0:
		return ""
	case n > mostNamed:
		named = append(named, fmt.Sprintf("%d more", n-mostNamed))
	}
	return "; marked: " + strings.Join(named, ", ")
}
