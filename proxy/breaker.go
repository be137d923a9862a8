package proxy

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lasso-rpc/lasso"
)

// breakerConfig are the numbers of a breaker.
type breakerConfig struct {
	threshold    int                    // faults in a row that open it
	perCategory  map[lasso.Category]int // overrides of threshold
	timeouts     int                    // timeouts in a row that open it, counted apart
	needed       int                    // trial successes that close it
	recovery     time.Duration          // first wait in the open state
	authRecovery time.Duration          // the same after an authentication failure
	maxRecovery  time.Duration
	maxDoublings int
}

func defaultBreakerConfig() breakerConfig {
	return breakerConfig{
		threshold: 5,
		perCategory: map[lasso.Category]int{
			lasso.ServerError:  5,
			lasso.NetworkError: 3,
			lasso.AuthError:    3,
		},
		timeouts:     5,
		needed:       2,
		recovery:     60 * time.Second,
		authRecovery: 10 * time.Second,
		maxRecovery:  600 * time.Second,
		maxDoublings: 4,
	}
}

// breaker is the circuit breaker of one (instance, transport). It is a pure
// state machine: time is an argument, and it starts nothing. All methods are
// safe for concurrent use; the closed state without failures takes no lock.
//
//	closed ── faults in a row reach the threshold ──▶ open
//	open ── its deadline passed, or a probe disproved a network fault ──▶ half-open
//	half-open ── two trial successes ──▶ closed
//	half-open ── one trial fault ──▶ open, twice as long (×16 and 600 s at most)
//
// An operator may force it: then it is open or closed whatever happens, and
// takes up the state it was left in when it is set to automatic.
type breaker struct {
	cfg    breakerConfig
	clean  atomic.Bool            // closed with no failures counted, and not forced: nothing to look at
	state  atomic.Uint32          // lasso.Circuit, for readers without the lock; what is forced covers it
	forced atomic.Pointer[forced] // nil: automatic; written with mu held

	mu        sync.Mutex
	faults    int // in a row, timeouts not counted
	timeouts  int // in a row
	successes int // trial successes in half-open
	leased    bool
	reopens   int // half-open → open since it was closed last
	cause     lasso.Category
	limit     int // the threshold that applied to the failure seen last
	since     time.Time
	next      time.Time
	reason    string
	lastError string
}

// forced is what an operator made of a breaker.
type forced struct {
	lasso.Override
	to lasso.Circuit // open or closed
}

func (f *forced) says() string {
	if f.to == lasso.Open {
		return f.Says("Forced open")
	}
	return f.Says("Forced closed")
}

// transition is a change of a breaker's state, for events.
type transition struct {
	from, to lasso.Circuit
	reason   string
}

func newBreaker(cfg breakerConfig, now time.Time) *breaker {
	b := &breaker{cfg: cfg, since: now, limit: cfg.threshold}
	b.clean.Store(true)
	return b
}

// admission is leave to make one attempt; trial marks the half-open lease,
// which must be given back by exactly one of succeeded, failed and released.
type admission struct {
	ok    bool
	trial bool
}

// circuit reads the state for selection: an open breaker whose deadline has
// passed counts as half-open.
func (b *breaker) circuit(now time.Time) lasso.Circuit {
	if f := b.forced.Load(); f != nil {
		return f.to
	}
	s := lasso.Circuit(b.state.Load()) //nolint:gosec // always one of three small values
	if s != lasso.Open {
		return s
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !now.Before(b.next) {
		return lasso.HalfOpen
	}
	return lasso.Open
}

// admit asks leave for one attempt.
func (b *breaker) admit(now time.Time) (admission, *transition) {
	if b.clean.Load() {
		return admission{ok: true}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.forced.Load(); f != nil {
		return admission{ok: f.to == lasso.Closed}, nil
	}
	switch b.current() {
	case lasso.Closed:
		return admission{ok: true}, nil
	case lasso.Open:
		if now.Before(b.next) {
			return admission{}, nil
		}
		t := b.move(lasso.HalfOpen, now, "wait is over, testing with one request at a time")
		b.leased = true
		return admission{ok: true, trial: true}, t
	case lasso.HalfOpen:
	}
	if b.leased {
		return admission{}, nil
	}
	b.leased = true
	return admission{ok: true, trial: true}, nil
}

// succeeded reports a usable answer.
func (b *breaker) succeeded(now time.Time, a admission) *transition {
	if b.clean.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.trial {
		b.leased = false
	}
	if b.forced.Load() != nil {
		return nil
	}
	switch b.current() {
	case lasso.Closed:
		b.faults, b.timeouts = 0, 0
		b.clean.Store(true)
	case lasso.HalfOpen:
		if !a.trial {
			return nil
		}
		b.successes++
		if b.successes >= b.cfg.needed {
			b.faults, b.timeouts, b.reopens = 0, 0, 0
			return b.move(lasso.Closed, now, fmt.Sprintf("%d of %d trial requests passed", b.successes, b.cfg.needed))
		}
	case lasso.Open:
	}
	return nil
}

// failed reports a fault of the upstream. detail is short and free of secrets.
func (b *breaker) failed(now time.Time, a admission, c lasso.Category, detail string) *transition {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.trial {
		b.leased = false
	}
	b.lastError = detail
	if b.forced.Load() != nil {
		return nil
	}
	switch b.current() {
	case lasso.HalfOpen:
		if !a.trial {
			return nil
		}
		b.reopens++
		b.cause = c
		return b.open(now, "Trial failed: "+detail)
	case lasso.Open:
		return nil
	case lasso.Closed:
	}
	b.clean.Store(false)
	var count int
	word := "failures"
	if c == lasso.Timeout {
		b.timeouts++
		count, word, b.limit = b.timeouts, "timeouts", b.cfg.timeouts
	} else {
		b.faults++
		count, b.limit = b.faults, b.cfg.threshold
		if n, ok := b.cfg.perCategory[c]; ok {
			b.limit = n
		}
		if c == lasso.AuthError {
			word = "authentication failures"
		}
	}
	if count < b.limit {
		return nil
	}
	b.cause = c
	return b.open(now, fmt.Sprintf("%d %s in a row, last: %s", count, word, detail))
}

// released gives back an admission whose attempt says nothing about the
// upstream.
func (b *breaker) released(a admission) {
	if !a.trial {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leased = false
}

// reachable reports that a probe connected and was answered while the breaker
// was open. If it opened because nothing could be reached, that reason is
// disproved and it turns half-open at once; else the wait goes on.
func (b *breaker) reachable(now time.Time) *transition {
	if b.clean.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forced.Load() != nil || b.current() != lasso.Open || b.cause != lasso.NetworkError {
		return nil
	}
	return b.move(lasso.HalfOpen, now, "a check was answered, testing with one request at a time")
}

// read returns the state for display.
func (b *breaker) read(now time.Time) lasso.Breaker {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := lasso.Breaker{
		State: b.current(), Failures: max(b.faults, b.timeouts), Threshold: b.limit,
		Successes: b.successes, Needed: b.cfg.needed,
		Reason: b.reason, LastError: b.lastError, Since: b.since,
	}
	if f := b.forced.Load(); f != nil {
		r.State, r.Reason, r.Since, r.Forced = f.to, f.says(), f.Since, &f.Override
		return r
	}
	if r.State == lasso.Open {
		r.Next = b.next
		if !now.Before(b.next) {
			r.State = lasso.HalfOpen
		}
	}
	return r
}

// force makes the breaker what an operator wants; nil makes it automatic. It
// returns nil where it was so already.
func (b *breaker) force(now time.Time, f *forced) *transition {
	from := b.circuit(now)
	b.mu.Lock()
	last := b.forced.Load()
	if last == nil && f == nil || last != nil && f != nil && last.to == f.to {
		b.mu.Unlock()
		return nil
	}
	b.forced.Store(f)
	b.clean.Store(f == nil && b.current() == lasso.Closed && b.faults == 0 && b.timeouts == 0)
	b.mu.Unlock()
	return &transition{from: from, to: b.circuit(now)}
}

func (b *breaker) current() lasso.Circuit {
	return lasso.Circuit(b.state.Load()) //nolint:gosec // always one of three small values
}

func (b *breaker) open(now time.Time, reason string) *transition {
	wait := b.cfg.recovery
	if b.cause == lasso.AuthError {
		wait = b.cfg.authRecovery
	}
	wait <<= min(b.reopens, b.cfg.maxDoublings)
	b.next = now.Add(min(wait, b.cfg.maxRecovery))
	return b.move(lasso.Open, now, reason)
}

func (b *breaker) move(to lasso.Circuit, now time.Time, reason string) *transition {
	t := &transition{from: b.current(), to: to, reason: reason}
	b.state.Store(uint32(to))
	b.since, b.reason = now, reason
	b.successes, b.leased = 0, false
	b.clean.Store(to == lasso.Closed)
	return t
}
