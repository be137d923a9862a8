package ui

import "cmp"

// Track is the past of a breaker on an axis of time.
type Track struct {
	Label  string  // one sentence for those who can not see it
	From   float64 // place from which it is known, 0 to 1; 1: not at all
	To     float64 // place up to which it is known
	Before Circuit // what it was before the first turn; empty is closed
	Turns  []Turn  // the oldest first
}

// Turn is a moment in which a breaker became something else.
type Turn struct {
	At float64 // place on the axis, 0 to 1
	To Circuit
}

// The box of a track, and the least width of a state that is not closed: what
// was over in a second is seen in a day.
const (
	trackW     = 1000.0
	trackH     = 26.0
	trackFloor = 22.0
	leastTurn  = 3.0
)

func (c Circuit) level() float64 {
	switch c {
	case Open:
		return 4
	case HalfOpen:
		return 12
	case Closed:
	}
	return 20
}

type trackPaths struct{ line, open, trial, gap string }

func (t Track) paths() trackPaths {
	var line, open, trial, gap pen
	from, to := clamp(t.From)*trackW, clamp(t.To)*trackW
	if from > 0 {
		gap.box(0, 2, from, trackH-4)
	}
	if to < trackW && to >= from {
		gap.box(to, 2, trackW-to, trackH-4)
	}
	if from >= to {
		return trackPaths{gap: gap.String()}
	}
	now, x := cmp.Or(t.Before, Closed), from
	line.move(x, now.level())
	step := func(until float64) {
		if now != Closed && until-x < leastTurn {
			until = min(x+leastTurn, to)
		}
		switch {
		case until <= x:
		case now == Open:
			open.box(x, now.level(), until-x, trackFloor-now.level())
		case now == HalfOpen:
			trial.box(x, now.level(), until-x, trackFloor-now.level())
		}
		line.line(until, now.level())
		x = until
	}
	for _, turn := range t.Turns {
		at := clamp(turn.At) * trackW
		if at <= from { // what it was when the axis begins
			now = turn.To
			line = pen{}
			line.move(x, now.level())
			continue
		}
		step(min(max(at, x), to))
		now = turn.To
		line.line(x, now.level())
	}
	step(to)
	return trackPaths{line.String(), open.String(), trial.String(), gap.String()}
}

func clamp(v float64) float64 { return max(0, min(v, 1)) }
