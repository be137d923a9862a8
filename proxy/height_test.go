package proxy

import (
	"slices"
	"testing"
	"time"
)

func TestConsensus(t *testing.T) {
	t.Parallel()
	for n, index := range map[int]int{1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 7: 1, 8: 2, 11: 2, 12: 3, 13: 3} {
		var heights []uint64
		for i := range n {
			heights = append(heights, uint64(1000-i*10)) // the highest first
		}
		want := heights[index]
		slices.Reverse(heights)
		if got := consensusOf(heights); got != want {
			t.Errorf("consensus of %d = %d, want the height number %d: %d", n, got, index+1, want)
		}
	}
	if got := consensusOf(nil); got != 0 {
		t.Errorf("consensus of nobody = %d", got)
	}
}

func instances(n int) []*instance {
	var all []*instance
	for range n {
		all = append(all, &instance{chain: 1})
	}
	return all
}

func TestOnlyFreshHeightsVote(t *testing.T) {
	t.Parallel()
	all := instances(4)
	var h head
	for i, in := range all {
		in.observeHeight(uint64(100+i), at(0))
	}
	h.update(all, at(30*time.Second), heightFresh)
	if got := h.number(); got != 102 {
		t.Errorf("consensus = %d, want 102", got)
	}
	all[0].observeHeight(90, at(20*time.Second))
	h.update(all, at(31*time.Second), heightFresh)
	if got := h.number(); got != 90 {
		t.Errorf("with one fresh height consensus = %d, want 90", got)
	}
	h.update(all, at(time.Hour), heightFresh)
	if got := h.number(); got != 90 {
		t.Errorf("with none fresh consensus = %d, want the last one", got)
	}
	// one that serves another chain has no vote
	all[1].observeHeight(5000, at(time.Hour))
	all[2].observeHeight(95, at(time.Hour))
	all[1].observeChain(2, at(time.Hour))
	h.update(all, at(time.Hour), heightFresh)
	if got := h.number(); got != 95 {
		t.Errorf("consensus = %d, want 95", got)
	}
}

func TestBlockTime(t *testing.T) {
	t.Parallel()
	in := instances(1)
	var h head
	now, number := epoch, uint64(100)
	advance := func(d time.Duration, blocks uint64) {
		now = now.Add(d)
		number += blocks
		in[0].observeHeight(number, now)
		h.update(in, now, heightFresh)
	}
	check := func(what string, want time.Duration, measured bool) {
		t.Helper()
		if got, m := h.blockTime(0); got.Round(time.Millisecond) != want || m != measured {
			t.Errorf("%s: block time %v (measured %v), want %v (%v)", what, got, m, want, measured)
		}
	}
	check("at first", 12*time.Second, false)
	if got, m := h.blockTime(3 * time.Second); got != 3*time.Second || m {
		t.Errorf("configured: %v, %v", got, m)
	}
	advance(0, 0)
	for range 4 {
		advance(4*time.Second, 2)
	}
	check("after four samples", 12*time.Second, false)
	advance(2*time.Second, 1)
	check("after five", 2*time.Second, true)
	advance(10*time.Second, 0) // no advance is no sample, the next one has it all
	check("without advance", 2*time.Second, true)
	advance(0, 1)
	check("a late block weighs 0.15", 3200*time.Millisecond, true)
	advance(61*time.Second, 1)
	check("an interval over 60 s is no sample", 3200*time.Millisecond, true)
	advance(49*time.Millisecond, 1)
	check("nor one under 50 ms", 3200*time.Millisecond, true)
	number -= 20
	advance(time.Second, 0)
	check("nor a reorganisation", 3200*time.Millisecond, true)
	advance(50*time.Millisecond, 1)
	check("50 ms is one", 2728*time.Millisecond, true)
}

func TestLag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number, consensus uint64
		age, blockTime    time.Duration
		want              lag
	}{
		{100, 100, 0, time.Second, lag{known: true}},
		{101, 100, 0, time.Second, lag{known: true}},
		{90, 100, 0, time.Second, lag{true, 10, 10}},
		{90, 100, 4 * time.Second, time.Second, lag{true, 10, 6}},
		{90, 100, 3999 * time.Millisecond, time.Second, lag{true, 10, 7}},
		{90, 100, 20 * time.Second, time.Second, lag{true, 10, 0}},
		{0, 100, time.Hour, time.Second, lag{true, 100, 70}}, // credit for 30 s at most
		{0, 100, time.Hour, 12 * time.Second, lag{true, 100, 98}},
		{90, 100, -time.Second, time.Second, lag{true, 10, 10}},
		{90, 100, time.Second, 0, lag{true, 10, 0}},
		{90, 0, 0, time.Second, lag{}},
	} {
		m := &heightMark{number: tt.number, at: epoch.Add(-tt.age)}
		if got := lagOf(m, tt.consensus, epoch, tt.blockTime); got != tt.want {
			t.Errorf("lag of %d at %d after %v = %+v, want %+v", tt.number, tt.consensus, tt.age, got, tt.want)
		}
	}
	if got := lagOf(nil, 100, epoch, time.Second); got != (lag{}) {
		t.Errorf("lag without a height = %+v", got)
	}
}

func TestQuantity(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]uint64{
		`"0x0"`: 0, `"0x3e8"`: 1000, `"0xffffffffffffffff"`: 1<<64 - 1, `"0x\u0031"`: 1, `"0x0001"`: 1,
	} {
		if got, ok := quantity([]byte(raw)); !ok || got != want {
			t.Errorf("quantity(%s) = %d, %v", raw, got, ok)
		}
	}
	for _, raw := range []string{``, `null`, `1000`, `"1000"`, `"0x"`, `"0xg"`, `"0x-1"`, `"0x+1"`, `"0x1_0"`, `"0x10000000000000000"`, `{}`} {
		if got, ok := quantity([]byte(raw)); ok {
			t.Errorf("quantity(%s) = %d", raw, got)
		}
	}
}

// TestHeightOfAnotherChainIsForgotten when the upstream serves the right one
// again: it would be the highest of all.
func TestHeightOfAnotherChainIsForgotten(t *testing.T) {
	t.Parallel()
	all := instances(2)
	var h head
	all[0].observeHeight(100, epoch)
	all[1].observeChain(42161, epoch)
	all[1].observeHeight(180_000_000, epoch)
	all[1].observeChain(1, epoch)
	h.update(all, epoch, heightFresh)
	if got := h.number(); got != 100 {
		t.Errorf("consensus = %d, want 100", got)
	}
}

// TestOneThatJumpsAheadHasNoVote: an upstream that suddenly reports what the
// chain can not have reached must not make the others look late, however few
// they are. When all jump, or nobody else moves on, it is believed.
func TestOneThatJumpsAheadHasNoVote(t *testing.T) {
	t.Parallel()
	for n := 2; n <= 3; n++ {
		all := instances(n)
		var h head
		for i, in := range all {
			in.observeHeight(uint64(1000-i), at(0))
		}
		h.update(all, at(0), heightFresh)
		var now time.Duration
		for step := range 50 {
			now += 12 * time.Second
			all[0].observeHeight(180_000_000, at(now))
			for _, in := range all[1:] {
				in.observeHeight(uint64(1001+step), at(now))
			}
			h.update(all, at(now), heightFresh)
			if got := h.number(); got != uint64(1001+step) {
				t.Fatalf("%d upstreams, step %d: consensus = %d, want %d", n, step, got, 1001+step)
			}
		}
		// who was away for long finds the chain far ahead, and all agree
		now += time.Hour
		for _, in := range all {
			in.observeHeight(90_000, at(now))
		}
		h.update(all, at(now), heightFresh)
		if got := h.number(); got != 90_000 {
			t.Errorf("%d upstreams: consensus after all jumped = %d, want 90000", n, got)
		}
	}
	// the others stand still at a fork: the one that goes on is right
	all := instances(3)
	var h head
	for second := 0; second < 7200; second += 12 {
		all[0].observeHeight(uint64(1000+second/12), at(time.Duration(second)*time.Second))
		for _, in := range all[1:] {
			in.observeHeight(1000, at(time.Duration(second)*time.Second))
		}
		h.update(all, at(time.Duration(second)*time.Second), heightFresh)
	}
	if got := h.number(); got != 1599 {
		t.Errorf("consensus beside two that stand still = %d, want 1599", got)
	}
	// and a fast chain, asked once a minute, is no liar
	all = instances(2)
	var fast head
	for minute := range 20 {
		for i, in := range all {
			now := at(time.Duration(minute)*time.Minute + time.Duration(i)*30*time.Second)
			in.observeHeight(uint64(1000+now.Sub(epoch)/(250*time.Millisecond)), now)
			fast.update(all, now, 150*time.Second)
			if got := fast.number(); got != all[i].height.Load().number {
				t.Fatalf("minute %d: consensus = %d, want %d", minute, got, all[i].height.Load().number)
			}
		}
	}
}
