package web

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

const rightToken = "correct-horse-battery"

func TestGuessesBackOff(t *testing.T) {
	t.Parallel()
	g, now := newGuesses(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	guesser, operator := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	for i := range freeTries {
		if v := g.check(guesser, "wrong", rightToken, now); v != (verdict{}) {
			t.Fatalf("try %d: got %+v, want a plain no", i+1, v)
		}
	}
	for _, seconds := range []int{30, 60, 120, 240, 480, 900, 900, 900} {
		want := time.Duration(seconds) * time.Second
		for _, token := range []string{"wrong", rightToken} { // the answer tells nothing of the token
			if v := g.check(guesser, token, rightToken, now); v != (verdict{wait: want}) {
				t.Errorf("%s: got %+v, want a wait of %s", token, v, want)
			}
		}
		if v := g.check(operator, rightToken, rightToken, now); !v.ok {
			t.Errorf("the token from another address: got %+v, want ok", v)
		}
		now = now.Add(want)
		if v := g.check(guesser, "wrong", rightToken, now); v != (verdict{}) {
			t.Errorf("after %s: got %+v, want a plain no", want, v)
		}
	}
	now = now.Add(longestHit)
	if v := g.check(guesser, rightToken, rightToken, now); !v.ok {
		t.Errorf("the token after the wait: got %+v, want ok", v)
	}
	if v := g.check(guesser, "wrong", rightToken, now); v.wait != 0 {
		t.Errorf("got %+v, want a plain no", v)
	}
	if v := g.check(guesser, "wrong", rightToken, now); v.wait != longestHit {
		t.Errorf("knowing the token forgave the guesses: got %+v", v)
	}
	now = now.Add(triesFor + time.Second)
	for i := range freeTries {
		if v := g.check(guesser, "wrong", rightToken, now); v != (verdict{}) {
			t.Errorf("try %d after a quiet hour: got %+v, want a plain no", i+1, v)
		}
	}
}

// A caller of IPv6 has a network, and as many addresses as it likes.
func TestGuessesOfANetwork(t *testing.T) {
	t.Parallel()
	g, now := newGuesses(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a := netip.MustParseAddr("2001:db8:1:2::")
	for range freeTries {
		a = a.Next()
		g.check(a, "wrong", rightToken, now)
	}
	if v := g.check(a.Next(), "wrong", rightToken, now); v.wait == 0 {
		t.Errorf("another address of the same /64: got %+v, want a wait", v)
	}
	for _, other := range []string{"2001:db8:1:3::1", "198.51.100.1"} {
		if v := g.check(netip.MustParseAddr(other), rightToken, rightToken, now); !v.ok {
			t.Errorf("%s: got %+v, want ok", other, v)
		}
	}
	if got := network(netip.Addr{}); got.IsValid() {
		t.Errorf("network of no address = %s", got)
	}
}

// Very many callers make each check take longer, and keep nobody out; what is
// remembered of them is bounded.
func TestGuessesOfVeryMany(t *testing.T) {
	t.Parallel()
	g, now := newGuesses(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	began := 0
	for i := range 100_000 {
		v := g.check(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0xC6000000+uint32(i)))), "wrong", rightToken, now)
		if v.ok || v.wait != 0 || v.flood != (i+1 >= floodFrom) {
			t.Fatalf("guess %d: %+v", i+1, v)
		}
		if v.began {
			began++
		}
	}
	if n := g.callers.Len(); n != maxCallers {
		t.Errorf("%d callers are remembered, want %d", n, maxCallers)
	}
	if began != 1 {
		t.Errorf("the flood began %d times, want once", began)
	}
	if got := g.delay(now); got != floodDelay {
		t.Errorf("delay = %s, want %s", got, floodDelay)
	}
	if v := g.check(netip.MustParseAddr("203.0.113.7"), rightToken, rightToken, now); !v.ok {
		t.Errorf("the token: got %+v, want ok", v)
	}
	if got := g.delay(now.Add(-time.Hour)); got != floodDelay {
		t.Errorf("a clock that went back: delay = %s, want %s", got, floodDelay)
	}
	if got := g.delay(now.Add((floodFrom + 1) * floodDrain)); got != 0 {
		t.Errorf("delay once it is over = %s, want none", got)
	}
}
