package ui

import (
	"strconv"
	"strings"
)

// platePad is what stands left and right of a text of a plate, in pixels.
const platePad = 12

// plateWidth is the width of one half. A server cannot measure text: this is
// how wide it is about, in the font that most machines have, and it is set to
// exactly that.
func plateWidth(text string) int { return textWidth(text) + platePad }

// textWidth is about what a text takes in that font at 11 px, in pixels.
func textWidth(text string) int {
	tenths := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune("iljI.,:;'|", r):
			tenths += 34
		case strings.ContainsRune("frt ()/-", r):
			tenths += 42
		case strings.ContainsRune("mwMW%@", r):
			tenths += 103
		case r < 'a':
			tenths += 73 // digits, capitals
		default:
			tenths += 67
		}
	}
	return (tenths + 9) / 10
}

// platePath is the right half, with the corners of the whole.
func platePath(l, v int) string {
	return "M" + strconv.Itoa(l) + " 0h" + strconv.Itoa(v-4) + "a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-" + strconv.Itoa(v-4) + "z"
}

func half(n int) string { return strconv.FormatFloat(float64(n)/2, 'f', -1, 64) }

// plateFill is the light theme's colour of a status: white is readable on it.
func plateFill(s Status) string {
	switch s {
	case CircuitOpen:
		return "#b51226"
	case RateLimited:
		return "#8436b4"
	case TestingRecovery:
		return "#776300"
	case Recovering:
		return "#0b736a"
	case Degraded:
		return "#ab4400"
	case Lagging:
		return "#0a66ad"
	case Healthy:
		return "#17794b"
	case Unknown, Drained:
	}
	return "#586474"
}
