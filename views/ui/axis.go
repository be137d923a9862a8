package ui

import "time"

// Axis is a span of time that a drawing shows from left to right.
type Axis struct{ From, To time.Time }

// HourAxis is the axis of a strip of the last 60 minutes, of which the current
// one has begun.
func HourAxis(now time.Time) Axis {
	to := now.Truncate(time.Minute).Add(time.Minute)
	return Axis{to.Add(-time.Hour), to}
}

// place is where a moment is on the axis: 0 to 1 when it is on it.
func (a Axis) place(at time.Time) float64 {
	return float64(at.Sub(a.From)) / float64(a.To.Sub(a.From))
}

// holds tells whether a moment is on the axis.
func (a Axis) holds(at time.Time) bool { return !at.Before(a.From) && at.Before(a.To) }

// Tick is a label of an axis.
type Tick struct {
	At    float64 // place on the axis, 0 to 1
	Time  time.Time
	Label string
}

func (t Tick) machine() string { return t.Time.UTC().Format(time.RFC3339) }

// tickSteps are what may lie between two ticks. js/plot.js has the same.
func tickSteps() []time.Duration {
	const s, m, h = time.Second, time.Minute, time.Hour
	return []time.Duration{
		s, 2 * s, 5 * s, 10 * s, 15 * s, 30 * s, m, 2 * m, 5 * m, 10 * m, 15 * m, 30 * m, h, 2 * h, 3 * h, 6 * h, 12 * h, 24 * h,
	}
}

// Most ticks of an axis, one more where they have no seconds, and the part of it that stays free of them at both
// ends: a label there would leave the plot. js/plot.js has the same.
const (
	mostTicks, freeEnd             = 8, 0.05
	mostTicksNarrow, freeEndNarrow = 4, 0.1
)

// Ticks are at round times in UTC, evenly spaced. They depend on the span alone,
// so that all axes of a page with the same span have the same; there are fewer
// on a narrow screen.
func (a Axis) Ticks(narrow bool) []Tick {
	most, free := mostTicks, freeEnd
	if narrow {
		most, free = mostTicksNarrow, freeEndNarrow
	}
	span := a.To.Sub(a.From)
	if span <= 0 {
		return nil
	}
	steps := tickSteps()
	step := steps[len(steps)-1]
	for _, s := range steps {
		if s == time.Minute {
			most++
		}
		if span <= s*time.Duration(most) {
			step = s
			break
		}
	}
	form := "15:04"
	if step < time.Minute {
		form = time.TimeOnly
	}
	var out []Tick
	for at := a.From.Truncate(step); at.Before(a.To); at = at.Add(step) {
		if p := a.place(at); p >= free && p <= 1-free {
			out = append(out, Tick{At: p, Time: at, Label: at.UTC().Format(form)})
		}
	}
	return out
}
