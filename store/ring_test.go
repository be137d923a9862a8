package store

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestRingAgainstModel records at random times, some late, and compares every
// window and every step with a sum over all that was recorded.
func TestRingAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		now := int64(rnd.IntN(int(time.Hour)))
		r := newRing(groupLevels, now)
		var model []int64
		for range 3000 {
			switch rnd.IntN(20) {
			case 0:
				now += int64(rnd.IntN(int(20 * time.Minute)))
			case 1, 2, 3:
				now += int64(rnd.IntN(int(10 * time.Second)))
			}
			at := now
			if rnd.IntN(4) == 0 {
				at = max(now-int64(rnd.IntN(int(3*time.Hour))), 0)
			}
			if !r.add(at, &sample{}) {
				t.Fatalf("seed %d: add(%d) at %d was not kept", seed, at, now)
			}
			model = append(model, at)
			if rnd.IntN(100) > 0 {
				continue
			}
			checkRing(t, &r, model, now)
		}
	}
}

func checkRing(t *testing.T, r *ring, model []int64, now int64) {
	t.Helper()
	r.advance(now)
	r.trim()
	for _, w := range lasso.Windows() {
		v := span(w)
		from := (now/int64(v.width) - int64(v.slots) + 1) * int64(v.width)
		a := &accumulator{lo: maxBins}
		r.window(v, a)
		if want := countBetween(model, from, now+1); a.calls != want {
			t.Fatalf("window %s at %s: got %d, want %d", w, time.Duration(now), a.calls, want)
		}
		p := steps(w)
		for n := now/int64(p.width) - int64(p.slots) + 1; n <= now/int64(p.width); n++ {
			a.reset()
			r.step(p.width, n, a)
			if want := countBetween(model, n*int64(p.width), (n+1)*int64(p.width)); a.calls != want {
				t.Fatalf("step %d of %s at %s: got %d, want %d", n, w, time.Duration(now), a.calls, want)
			}
		}
	}
}

func countBetween(model []int64, from, until int64) (n uint64) {
	for _, at := range model {
		if at >= from && at < until {
			n++
		}
	}
	return n
}

func TestRingLevelsNest(t *testing.T) {
	t.Parallel()
	for _, levels := range [][]level{seriesLevels, groupLevels} {
		for i := 1; i < len(levels); i++ {
			if levels[i].width%levels[i-1].width != 0 {
				t.Errorf("%s does not divide %s", levels[i-1].width, levels[i].width)
			}
		}
		for _, w := range lasso.Windows() {
			if !holds(levels, span(w)) {
				t.Errorf("no level for window %s", w)
			}
		}
	}
	for _, w := range lasso.Windows() {
		if !holds(groupLevels, steps(w)) {
			t.Errorf("no level for the steps of %s", w)
		}
		if v := span(w); time.Duration(v.slots-1)*v.width != time.Duration(w) {
			t.Errorf("window %s: %d buckets of %s", w, v.slots, v.width)
		}
		if v := steps(w); time.Duration(v.slots)*v.width != time.Duration(w) {
			t.Errorf("window %s: %d steps of %s", w, v.slots, v.width)
		}
	}
}

func holds(levels []level, v level) bool {
	for _, l := range levels {
		if l.width == v.width && l.slots >= v.slots {
			return true
		}
	}
	return false
}

func TestRingTrimLetsGo(t *testing.T) {
	t.Parallel()
	r := newRing(groupLevels, 0)
	for i := range int64(26 * 60) {
		r.add(i*int64(time.Minute), &sample{answered: true, bin: 7})
	}
	now := int64(26*time.Hour) + int64(retention)
	r.advance(now)
	r.trim()
	for _, l := range r.levels {
		for _, b := range l.slots {
			if b != nil && time.Duration(b.number*l.width) < time.Duration(now)-retention {
				t.Errorf("a bucket of %s is kept at %s", time.Duration(b.number*l.width), time.Duration(now))
			}
		}
	}
}
