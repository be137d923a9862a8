package web

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Limits of wrong tokens.
const (
	freeTries  = 5                // wrong tokens of one caller that cost nothing
	firstWait  = 30 * time.Second // after the last of them; each further one doubles it
	longestHit = 15 * time.Minute // the longest wait
	triesFor   = time.Hour        // a caller without wrong tokens for so long begins anew
	maxCallers = 8192             // that are remembered; one more forgets who was quiet longest

	floodFrom  = 60              // wrong tokens of all callers together, over the allowance, from which checks are slowed
	floodDrain = time.Second     // the allowance: one wrong token each
	floodDelay = 1 * time.Second // what each check takes then
)

// guesses slows down the guessing of the token: for each caller by itself, so
// that nobody can keep an operator at another address out, and, where very many
// callers guess, for all of them a little, with the right token too. It is safe
// for concurrent use.
type guesses struct {
	mu      sync.Mutex
	callers *simplelru.LRU[netip.Prefix, wrongTokens]
	level   float64 // wrong tokens of all, less the allowance since
	at      time.Time
}

// wrongTokens are those of one caller.
type wrongTokens struct {
	n     int
	last  time.Time
	until time.Time // no token is looked at before
}

// verdict is what came of a token.
type verdict struct {
	ok    bool
	wait  time.Duration // more than 0: it was not looked at, and will not be for so long
	flood bool          // it is wrong, as are very many
	began bool          // it is the first of those
}

func newGuesses() *guesses {
	callers, err := simplelru.NewLRU[netip.Prefix, wrongTokens](maxCallers, nil)
	if err != nil { // only of a size below 1
		panic(err)
	}
	return &guesses{callers: callers}
}

// network is what counts as one caller: an address of IPv4, and of IPv6 the
// network that one customer is given at least.
func network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil { // of no address: all such are one
		return netip.Prefix{}
	}
	return p
}

// delay is how long a check of a token has to be put off, whoever asks for it.
func (g *guesses) delay(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.drain(now); g.level >= floodFrom {
		return floodDelay
	}
	return 0
}

// check compares the token of a caller, unless the caller has to wait: then it
// is not looked at, so that the answer tells nothing of it.
func (g *guesses) check(caller netip.Addr, token, secret string, now time.Time) verdict {
	key := network(caller)
	g.mu.Lock() // also while comparing, so that no burst of tries goes uncounted
	defer g.mu.Unlock()
	t, _ := g.callers.Get(key)
	if wait := t.until.Sub(now); wait > 0 && wait <= longestHit {
		return verdict{wait: wait}
	}
	if same(token, secret) {
		return verdict{ok: true}
	}
	if age := now.Sub(t.last); age > triesFor || age < 0 {
		t = wrongTokens{}
	}
	t.n, t.last = t.n+1, now
	t.until = now.Add(waitAfter(t.n))
	g.callers.Add(key, t)
	g.drain(now)
	before := g.level
	g.level = min(g.level+1, 2*floodFrom)
	return verdict{flood: g.level >= floodFrom, began: before < floodFrom && g.level >= floodFrom}
}

// waitAfter is how long a caller has to wait after its n-th wrong token.
func waitAfter(n int) time.Duration {
	if n < freeTries {
		return 0
	}
	return min(firstWait<<min(n-freeTries, 10), longestHit)
}

// drain takes the allowance off what all callers guessed. g.mu is held.
func (g *guesses) drain(now time.Time) {
	g.level = max(0, g.level-max(0, now.Sub(g.at)).Seconds()/floodDrain.Seconds())
	g.at = now
}
