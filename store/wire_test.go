package store

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestCutText: what this node tells is as short as others read it, whole and
// printable.
func TestCutText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"as it is", "as it is"},
		{"12345678", "12345678"},
		{"123456789", "12345…"},
		{"1234ö6789", "1234…"},
		{"123ö6789", "123ö…"},
		{"a\nb\x1b", "a b "},
		{"a\xffb", "a?b"},
	} {
		if got := cutText(tt.text, 8); got != tt.want || !lasso.Printable(got) {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestWireKeepsEverything sends snapshots to another node and back.
func TestWireKeepsEverything(t *testing.T) {
	t.Parallel()
	c := newScale()
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		sent := randomSnapshot(rnd, c)
		text, err := sent.marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unmarshalSnapshot(c, text)
		if err != nil {
			t.Fatalf("unmarshal %s: %v", text, err)
		}
		if got, want := flatten(got), flatten(sent); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
}

// TestWireRefuses has answers that do not hold together: none is merged.
func TestWireRefuses(t *testing.T) {
	t.Parallel()
	row := func(edit func(*wireRow)) string {
		// one answered call in bin 300
		r := wireRow{Calls: 1, Answered: 1, LatencySum: 1e6, LatencyMax: 1e6, Bins: []byte{0xac, 0x02, 1}}
		edit(&r)
		text, err := json.Marshal(wireSnapshot{Covered: 60e9, Rows: []wireRow{r}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if _, err := unmarshalSnapshot(newScale(), []byte(row(func(*wireRow) {}))); err != nil {
		t.Fatalf("a good row: %v", err)
	}
	for name, text := range map[string]string{
		"no JSON":               "\x00\xff",
		"a list":                "[]",
		"negative count":        `{"rows":[{"calls":-1}]}`,
		"covers ages":           `{"covered_ns":9223372036854775807,"rows":[]}`,
		"covers less than none": `{"covered_ns":-1,"rows":[]}`,
		"row given twice":       `{"rows":[{"provider":"a"},{"provider":"a"}]}`,
		"long name":             `{"rows":[{"provider":"` + strings.Repeat("a", 300) + `"}]}`,
		"too many rows":         `{"rows":[` + strings.Repeat("{},", maxWireRows) + `{}]}`,
		"answered above calls":  row(func(r *wireRow) { r.Answered = 2 }),
		"canceled above calls":  row(func(r *wireRow) { r.Canceled = 1 }),
		"local above calls":     row(func(r *wireRow) { r.Local = 2 }),
		"errors above calls":    row(func(r *wireRow) { r.Categories = map[string]uint64{"timeout": 2} }),
		"count overflows":       row(func(r *wireRow) { r.Out = 1 << 63 }),
		"negative latency":      row(func(r *wireRow) { r.LatencySum, r.LatencyMax = -5, -5 }),
		"longest above the sum": row(func(r *wireRow) { r.LatencyMax = 2e6 }),
		"bins missing":          row(func(r *wireRow) { r.Bins = nil }),
		"bins cut off":          row(func(r *wireRow) { r.Bins = r.Bins[:2] }),
		"bins above calls":      row(func(r *wireRow) { r.Bins = []byte{1, 2} }),
		"empty bin":             row(func(r *wireRow) { r.Bins = []byte{1, 0, 1, 1} }),
		"bin twice":             row(func(r *wireRow) { r.Calls, r.Answered, r.Bins = 2, 2, []byte{1, 1, 0, 1} }),
		"bin far away":          row(func(r *wireRow) { r.Bins = []byte{0xff, 0xff, 0xff, 0xff, 0x7f, 1} }),
		"bin just outside":      row(func(r *wireRow) { r.Calls, r.Answered, r.Bins = 2, 2, []byte{0xff, 0x07, 1, 1, 1} }),
	} {
		if s, err := unmarshalSnapshot(newScale(), []byte(text)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, flatten(s))
		}
	}
}

// FuzzAnswers reads what hostile nodes might answer. What is read can be
// merged and derived from.
func FuzzAnswers(f *testing.F) {
	s := New(Config{Node: "a"})
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 5 {
		text, err := randomSnapshot(rnd, s.scale).marshal(s.scale)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`[{"provider":"a","minute":29000000,"statuses":"17","behind":[0,3]}]`))
	f.Add([]byte(`[{"message":"HTTP 502","category":"server_error","count":3,"last_at":"2026-03-04T12:00:00Z"}]`))
	f.Add([]byte(`{"kind":"totals","window":"1m"}`))
	k := newKinds()
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := unmarshalSnapshot(s.scale, text); err == nil {
			all := &snapshot{}
			for range 2 {
				if err := all.merge(got); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range all.providerFigures() {
				if r.SuccessRate < 0 || r.SuccessRate > 1 || r.P50 < 0 || r.P50 > r.Max {
					t.Fatalf("figures make no sense: %+v", r)
				}
			}
			all.callFigures()
			all.points(time.Unix(1_772_625_600, 0), steps(60e9), true)
		}
		if got, err := decodeStrips(s, text); err == nil {
			for _, cells := range got {
				if n := len(mergeStrips(time.Unix(1_772_625_600, 0), [][]lasso.Cell{cells})); n != historyCells {
					t.Fatalf("%d cells", n)
				}
			}
		}
		if got, err := decodeErrors(s, text); err == nil {
			sortErrors(got)
		}
		if q, err := readQuestion(text); err == nil {
			if answer, ok := k.byName[q.Kind]; ok {
				if _, err := answer(s, q); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
