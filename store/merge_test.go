package store

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// flat is a snapshot in a form that can be compared.
type flat struct {
	Covered time.Duration
	Rows    map[row]flatSums
}

type flatSums struct {
	Counters   counters
	Categories [maxCategories]uint64
	LastAt     int64
	Bins       map[float64]uint64
	Quantiles  lasso.Quantiles
}

func flatten(s *snapshot) flat {
	f := flat{Covered: s.covered, Rows: map[row]flatSums{}}
	for k, v := range s.rows {
		fs := flatSums{
			Counters: v.counters, Categories: v.categories, LastAt: v.lastAt.UnixNano(),
			Bins: map[float64]uint64{}, Quantiles: v.quantiles(),
		}
		if v.latency != nil {
			each(v.latency, func(ms float64, n uint64) { fs.Bins[ms] += n })
		}
		f.Rows[k] = fs
	}
	return f
}

func randomSnapshot(rnd *rand.Rand, c scale) *snapshot {
	s := &snapshot{covered: time.Duration(rnd.IntN(1000)) * time.Second, rows: map[row]*sums{}}
	a := &accumulator{lo: maxBins}
	for range rnd.IntN(6) {
		k := row{provider: lasso.ProviderID(rune('a' + rnd.IntN(3))), method: string(rune('x' + rnd.IntN(2)))}
		if _, ok := s.rows[k]; ok {
			continue
		}
		b := &bucket{}
		for range rnd.IntN(50) {
			ns := int64(rnd.ExpFloat64() * 1e8)
			category := lasso.Category(rnd.IntN(int(lasso.LocalCapacity) + 1))
			b.add(&sample{
				latency: ns, bin: c.bin(ns), category: category, answered: category.Answered(),
				in: uint64(rnd.IntN(1000)), out: uint64(rnd.IntN(1000)), failovers: uint64(rnd.IntN(2)),
				probe: rnd.IntN(10) == 0, local: rnd.IntN(10) == 0,
			})
		}
		a.reset()
		a.bucket(b)
		s.rows[k] = a.sums(c)
		s.rows[k].lastAt = time.Unix(int64(rnd.IntN(1000)), 0)
	}
	return s
}

func merged(t *testing.T, parts ...*snapshot) *snapshot {
	t.Helper()
	m := &snapshot{}
	for _, p := range parts {
		if err := m.merge(p); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestMergeIsCommutativeAndAssociative(t *testing.T) {
	t.Parallel()
	c := newScale()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		x, y, z := randomSnapshot(rnd, c), randomSnapshot(rnd, c), randomSnapshot(rnd, c)
		before := flatten(y)

		want := flatten(merged(t, x, y, z))
		for name, got := range map[string]*snapshot{
			"z+y+x":   merged(t, z, y, x),
			"y+x+z":   merged(t, y, x, z),
			"x+(y+z)": merged(t, x, merged(t, y, z)),
			"(z+x)+y": merged(t, merged(t, z, x), y),
		} {
			if got := flatten(got); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s = %+v, want %+v", name, got, want)
			}
		}
		if got := flatten(merged(t, x, &snapshot{})); !reflect.DeepEqual(got, flatten(x)) {
			t.Fatalf("x+0 = %+v, want x", got)
		}
		if !reflect.DeepEqual(flatten(y), before) {
			t.Fatal("merge changed its argument")
		}
	}
}

// TestMergeEqualsRecordingTogether splits samples over two nodes: their merged
// figures are those of one node that recorded all.
func TestMergeEqualsRecordingTogether(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	cfg := Config{Now: func() time.Time { return at }}
	nodes, all := []*Store{New(cfg), New(cfg)}, New(cfg)
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		a := lasso.Attempt{
			At:      at,
			Route:   lasso.Route{Profile: "public", Chain: 1, Provider: "alchemy", Transport: lasso.HTTP},
			Method:  "eth_call",
			Latency: time.Duration(rnd.ExpFloat64() * float64(50*time.Millisecond)),
		}
		nodes[rnd.IntN(2)].Attempt(a)
		all.Attempt(a)
	}
	got := merged(t, nodes[0].providers("public", 1, lasso.Minute), nodes[1].providers("public", 1, lasso.Minute))
	want := all.providers("public", 1, lasso.Minute)
	if !reflect.DeepEqual(flatten(got), flatten(want)) {
		t.Errorf("merged %+v, want %+v", flatten(got), flatten(want))
	}
}

func TestScaleFits(t *testing.T) {
	t.Parallel()
	c := newScale()
	if got := c.mapping.Index(milliseconds(int64(maxLatency))) - c.first; got >= maxBins {
		t.Errorf("%s falls into bin %d of %d", maxLatency, got, maxBins)
	}
	for _, ns := range []int64{-1, 0, 1, int64(minLatency)} {
		if got := c.bin(ns); got != 0 {
			t.Errorf("bin(%d) = %d, want 0", ns, got)
		}
	}
	if c.bin(int64(maxLatency)) != c.bin(int64(24*time.Hour)) {
		t.Error("latencies above the limit are told apart")
	}
	if n := len(lasso.Categories()); n >= maxCategories {
		t.Errorf("%d categories do not fit", n)
	}
}
