package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
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

// EventMark is the label of one event, or of several that are too close for one each. All places are parts of the width of the plot, 0 to 1.
type EventMark struct {
	From, To    float64 // the lines of the first event and of the last
	Left, Right float64 // what the label takes, with the room around it
	Flipped     bool    // the label is left of the line
	Label       string
	Status      Status
	events      []Event
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
// plot. The order of the events does not matter.
func PlaceEvents(axis Axis, events []Event, width float64) []EventMark {
	shown := slices.DeleteFunc(sorted(events), func(e Event) bool { return !axis.holds(e.At) })
	var out []EventMark
	for i := range shown {
		at := axis.place(shown[i].At)
		m := newMark(shown[i:i+1], at, at, width)
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
			m = newMark(slices.Concat(before.events, m.events), before.From, m.To, width)
		}
		out = append(out, m)
	}
	return out
}

func newMark(events []Event, from, to, width float64) EventMark {
	m := EventMark{From: from, To: to, Label: together(events), Status: events[0].Status, events: events}
	if slices.ContainsFunc(events, func(e Event) bool { return e.Status == CircuitOpen }) {
		m.Status = CircuitOpen
	}
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

func letters(s string) int { return len([]rune(s)) }

// together names events in as few words as a mark has room for. js/plot.js has
// the same.
func together(events []Event) string {
	first, n := events[0], len(events)
	all := func(like func(Event) bool) bool {
		return !slices.ContainsFunc(events, func(e Event) bool { return !like(e) })
	}
	switch {
	case n == 1:
		return first.label()
	case all(func(e Event) bool { return e.label() == first.label() }):
		return fmt.Sprintf("%s ×%d", first.label(), n)
	case n == 2 && events[1].Name == first.Name:
		return first.label() + ", " + events[1].What
	case all(func(e Event) bool { return e.Many == first.Many }):
		return fmt.Sprintf("%d %s", n, first.Many)
	}
	return fmt.Sprintf("%d events", n)
}

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
func (c Chart) eventPaths() []eventPath {
	var out []eventPath
	for _, s := range slices.Backward(Statuses()) {
		var p pen
		last := -plotW
		for _, e := range sorted(c.Marks) {
			x := plotW * c.axis().place(e.At)
			if e.Status != s || !c.axis().holds(e.At) || x-last < leastApart {
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

func sorted(events []Event) []Event {
	return slices.SortedStableFunc(slices.Values(events), func(x, y Event) int { return x.At.Compare(y.At) })
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
