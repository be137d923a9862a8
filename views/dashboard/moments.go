package dashboard

import (
	"slices"
	"strings"
	"time"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Moment is something that happened at a time, as charts mark it.
type Moment struct {
	At     time.Time
	Name   string // to whom, short; may be empty
	What   string // "opened"
	Many   string // several of them: "openings"
	Where  string // the rest of it, for tables: "HTTP, eu-west-1"; may be empty
	Region string
	Status ui.Status
}

// Moments are what happened over the time of a chart, the oldest first.
type Moments struct {
	All  []Moment
	From time.Time // since when all of them are known; zero: all are
}

// in are the moments from a time on and before another.
func (m Moments) in(from, to time.Time) []Moment {
	reaches := func(x Moment, at time.Time) int { return x.At.Compare(at) }
	first, _ := slices.BinarySearchFunc(m.All, from, reaches)
	end, _ := slices.BinarySearchFunc(m.All, to, reaches)
	return m.All[first:max(first, end)]
}

// Of are those in a region.
func (m Moments) Of(region string) Moments {
	out := Moments{From: m.From}
	for _, x := range m.All {
		if x.Region == region {
			out.All = append(out.All, x)
		}
	}
	return out
}

func (m Moments) events() []ui.Event {
	out := make([]ui.Event, 0, len(m.All))
	for _, x := range m.All {
		out = append(out, ui.Event{At: x.At, Name: x.Name, What: x.What, Many: x.Many, Status: x.Status})
	}
	return out
}

// words are the moment without its time: "drpc opened (HTTP, eu-west-1)".
func (x Moment) words() string {
	words := strings.TrimSpace(x.Name + " " + x.What)
	if x.Where != "" {
		words += " (" + x.Where + ")"
	}
	return words
}

// mostTold is how many moments of a step a table tells one by one.
const mostTold = 5

// Cell is what a table says of the moments of a step: each, or how many there
// were of each kind.
func (m Moments) Cell(from time.Time, step time.Duration) string {
	in := m.in(from, from.Add(step))
	if len(in) > mostTold {
		return kindsOf(in)
	}
	out := make([]string, 0, len(in))
	for i := range in {
		out = append(out, views.Clock(in[i].At)+" "+in[i].words())
	}
	return strings.Join(out, ", ")
}

// kindsOf says how many moments there were: "120 openings". There are several.
func kindsOf(all []Moment) string {
	var kinds []string
	counts := map[string]uint64{}
	for i := range all {
		if counts[all[i].Many] == 0 {
			kinds = append(kinds, all[i].Many)
		}
		counts[all[i].Many]++
	}
	for i, kind := range kinds {
		kinds[i] = views.Number(counts[kind]) + " " + kind
		if counts[kind] == 1 {
			kinds[i] = all[slices.IndexFunc(all, func(x Moment) bool { return x.Many == kind })].words()
		}
	}
	return strings.Join(kinds, ", ")
}

// over tells whether something happened over the time of a series.
func (m Moments) over(s Series) bool {
	n := len(s.Points)
	return n > 0 && len(m.in(s.Points[0].At, s.Points[n-1].At.Add(s.Step))) > 0
}

// unknownWords say from when on the moments of a series are known; empty where
// all are for which there are figures.
func (m Moments) unknownWords(s Series) string {
	for _, p := range s.Points {
		if !p.Gap && p.Calls > 0 {
			if p.At.Add(s.Step).Before(m.From) {
				return "What opened before " + views.Clock(m.From) + " is not known."
			}
			break
		}
	}
	return ""
}

// NodeMoments are the losses of nodes and their returns. The events are the
// newest first.
func NodeMoments(events []NodeEvent) Moments {
	var out Moments
	for _, e := range slices.Backward(events) {
		x := Moment{At: e.At, Name: e.Node, What: string(e.Change), Region: e.Region, Where: e.Region, Status: e.Change.Status()}
		switch e.Change {
		case NodeLost:
			x.Many = "losses"
		case NodeBack:
			x.Many = "returns"
		case NodeSilent, NodeAnswers, NodeJoined:
			continue
		}
		if e.Region == e.Node {
			x.Where = ""
		}
		out.All = append(out.All, x)
	}
	slices.SortStableFunc(out.All, func(x, y Moment) int { return x.At.Compare(y.At) }) // a clock may go back
	return out
}
