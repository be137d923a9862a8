package ui

// MostSeries is how many series a chart may have; more become small charts of
// their own.
const MostSeries = 6

// SeriesLine is the class of the line of a series by its place: colour and
// dash. Places beyond the last begin again.
func SeriesLine(i int) string {
	switch i % MostSeries {
	case 1:
		return "ln ln-2"
	case 2:
		return "ln ln-3"
	case 3:
		return "ln ln-4"
	case 4:
		return "ln ln-5"
	case 5:
		return "ln ln-6"
	}
	return "ln ln-1"
}

// marker is the shape of a series in a box of 12 around 0, and its class.
func marker(i int) (class, path string) {
	const (
		disc    = "M5 0A5 5 0 1 1 -5 0A5 5 0 1 1 5 0z"
		square  = "M-4.5 -4.5h9v9h-9z"
		ring    = "M4.5 0A4.5 4.5 0 1 1 -4.5 0A4.5 4.5 0 1 1 4.5 0z"
		up      = "M0 -5.2L5.4 4.4H-5.4z"
		diamond = "M0 -5.8L5.8 0L0 5.8L-5.8 0z"
	)
	switch i % MostSeries {
	case 1:
		return "mk-o mk-2", square
	case 2:
		return "mk mk-3", up
	case 3:
		return "mk-o mk-4", ring
	case 4:
		return "mk mk-5", square
	case 5:
		return "mk mk-6", diamond
	}
	return "mk mk-1", disc
}

// Pair is a value of two series on one scale.
type Pair struct {
	Left, Right   float64 // places on the scale, 0 to 1
	SeriesL       int     // places of the series: their colours and markers
	SeriesR       int
	HasL, HasR    bool
	LabelOfValues string // the same in words
}
