package ui_test

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// crowded is a chart of an hour in which something happened so often.
func crowded(n int) ui.Chart {
	c := ui.Chart{Label: "x", Max: 1, Start: hourAxis.From, Step: time.Minute, Lines: []ui.Line{{Values: make([]float64, 60)}}}
	for i := range n {
		e := opened(60*float64(i)/float64(n), fmt.Sprint("provider-", i%7))
		if i%5 == 0 {
			e = node(60*float64(i)/float64(n), "n1", []string{"lost", "back"}[i/5%2])
		}
		c.Marks = append(c.Marks, e)
	}
	return c
}

// TestManyEvents: a chart is small and all is counted, however much happened.
func TestManyEvents(t *testing.T) {
	t.Parallel()
	for _, n := range []int{99, 101, 1000, 10_000} {
		c := crowded(n)
		got := render(t, ui.Plot(c))
		if len(got) > 40_000 {
			t.Errorf("a chart of %d events has %d B, want at most 40,000", n, len(got))
		}
		if want := fmt.Sprintf(", %d more", n-5); !strings.Contains(got, want) {
			t.Errorf("the sentence of %d events lacks %q", n, want)
		}
		counted := 0
		for _, m := range ui.PlaceEvents(hourAxis, c.Marks, 720) {
			one := 1
			if _, err := fmt.Sscanf(m.Label, "%d ", &one); err != nil {
				if _, after, several := strings.Cut(m.Label, "×"); several {
					_, _ = fmt.Sscan(after, &one)
				}
			}
			counted += one
		}
		if counted != n {
			t.Errorf("the labels count %d events, want %d", counted, n)
		}
	}
}

// TestAlikeEvents: of many, those of one are still named.
func TestAlikeEvents(t *testing.T) {
	t.Parallel()
	var events []ui.Event
	for i := range 500 {
		events = append(events, opened(float64(i)/100, "drpc"))
	}
	marks := ui.PlaceEvents(hourAxis, events, 720)
	if len(marks) != 1 || marks[0].Label != "drpc opened ×500" {
		t.Errorf("got %+v, want one mark of 500", marks)
	}
}

func BenchmarkPlot(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			c := crowded(n)
			b.ReportAllocs()
			for b.Loop() {
				if err := ui.Plot(c).Render(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
