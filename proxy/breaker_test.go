package proxy

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(d time.Duration) time.Time { return epoch.Add(d) }

var faults = []lasso.Category{
	lasso.NetworkError, lasso.ServerError, lasso.InternalError, lasso.AuthError, lasso.Timeout,
	lasso.InvalidResponse, lasso.MethodError, lasso.ChainError, lasso.UnknownError,
}

// opened returns a breaker that opened at epoch because of c.
func opened(t *testing.T, c lasso.Category) *breaker {
	t.Helper()
	b := newBreaker(defaultBreakerConfig(), epoch)
	for range 10 {
		if b.failed(epoch, admission{ok: true}, c, "x") != nil {
			return b
		}
	}
	t.Fatalf("10 times %v did not open it", c)
	return nil
}

func TestBreakerThresholds(t *testing.T) {
	t.Parallel()
	for _, c := range faults {
		want := map[lasso.Category]int{lasso.NetworkError: 3, lasso.AuthError: 3}[c]
		if want == 0 {
			want = 5
		}
		b := newBreaker(defaultBreakerConfig(), epoch)
		for i := 1; i <= want; i++ {
			got := b.failed(at(time.Second), admission{ok: true}, c, "boom")
			if (got != nil) != (i == want) {
				t.Errorf("%v: after %d failures transition is %v, want it at %d", c, i, got, want)
			}
		}
		r := b.read(at(time.Second))
		if r.State != lasso.Open || r.Threshold != want || r.LastError != "boom" || !strings.HasSuffix(r.Reason, "in a row, last: boom") {
			t.Errorf("%v: %+v", c, r)
		}
		wait := time.Minute
		if c == lasso.AuthError {
			wait = 10 * time.Second
		}
		if got := r.Next.Sub(at(time.Second)); got != wait {
			t.Errorf("%v: open for %v, want %v", c, got, wait)
		}
	}
}

func TestBreakerCountsInARow(t *testing.T) {
	t.Parallel()
	b := newBreaker(defaultBreakerConfig(), epoch)
	for range 20 {
		for range 4 {
			b.failed(epoch, admission{ok: true}, lasso.ServerError, "x")
			b.failed(epoch, admission{ok: true}, lasso.Timeout, "x")
		}
		if got := b.circuit(epoch); got != lasso.Closed {
			t.Fatalf("circuit %v after four of each kind", got)
		}
		b.succeeded(epoch, admission{ok: true})
		if got := b.read(epoch).Failures; got != 0 {
			t.Fatalf("%d failures after a success", got)
		}
	}
	// the categories add up; the threshold is that of the last
	b.failed(epoch, admission{ok: true}, lasso.ServerError, "x")
	b.failed(epoch, admission{ok: true}, lasso.InvalidResponse, "x")
	if b.failed(epoch, admission{ok: true}, lasso.NetworkError, "x") == nil {
		t.Error("closed after three faults, the last of the network")
	}
}

func TestBreakerDoublesItsWait(t *testing.T) {
	t.Parallel()
	for c, waits := range map[lasso.Category][]time.Duration{
		lasso.ServerError: {
			time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute,
		},
		lasso.AuthError: {
			10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 160 * time.Second, 160 * time.Second,
		},
	} {
		b := opened(t, c)
		now := epoch
		for i, wait := range waits {
			next := b.read(now).Next
			if got := next.Sub(now); got != wait {
				t.Fatalf("%v: wait %d is %v, want %v", c, i, got, wait)
			}
			if a, tr := b.admit(next.Add(-1)); a.ok || tr != nil {
				t.Fatalf("%v: admitted before the wait was over", c)
			}
			if b.circuit(next.Add(-1)) != lasso.Open || b.circuit(next) != lasso.HalfOpen {
				t.Fatalf("%v: selection sees the wrong state around the deadline", c)
			}
			a, tr := b.admit(next)
			if !a.trial || tr == nil || tr.from != lasso.Open || tr.to != lasso.HalfOpen {
				t.Fatalf("%v: admission %+v with %+v, want a trial", c, a, tr)
			}
			if tr = b.failed(next, a, c, "again"); tr == nil || tr.to != lasso.Open {
				t.Fatalf("%v: a failed trial gave %+v", c, tr)
			}
			now = next
		}
		// closing starts over
		now = b.read(now).Next
		for range 2 {
			a, _ := b.admit(now)
			b.succeeded(now, a)
		}
		if b.circuit(now) != lasso.Closed {
			t.Fatalf("%v: not closed by two trials", c)
		}
		for b.failed(now, admission{ok: true}, c, "x") == nil {
			continue
		}
		if got := b.read(now).Next.Sub(now); got != waits[0] {
			t.Errorf("%v: wait after recovery is %v", c, got)
		}
	}
}

func TestBreakerTrial(t *testing.T) {
	t.Parallel()
	b := opened(t, lasso.ServerError)
	now := at(time.Hour)
	trial, _ := b.admit(now)
	if second, _ := b.admit(now); second.ok {
		t.Fatal("two trials at once")
	}
	// what was under way since before says nothing
	b.succeeded(now, admission{ok: true})
	b.failed(now, admission{ok: true}, lasso.ServerError, "late")
	if r := b.read(now); r.State != lasso.HalfOpen || r.Successes != 0 {
		t.Fatalf("a late outcome changed it: %+v", r)
	}
	b.released(admission{ok: true})
	if second, _ := b.admit(now); second.ok {
		t.Fatal("an attempt that was no trial released the trial")
	}
	b.released(trial)
	trial, _ = b.admit(now)
	if !trial.trial {
		t.Fatal("a released trial is not given again")
	}
	if b.succeeded(now, trial) != nil {
		t.Fatal("closed by one success")
	}
	trial, _ = b.admit(now)
	if tr := b.succeeded(now, trial); tr == nil || tr.to != lasso.Closed {
		t.Fatalf("second success gave %+v", tr)
	}
	if r := b.read(now); r.State != lasso.Closed || r.Failures != 0 || !r.Next.IsZero() {
		t.Errorf("%+v", r)
	}
}

func TestBreakerReachable(t *testing.T) {
	t.Parallel()
	for _, c := range faults {
		b := opened(t, c)
		tr := b.reachable(at(time.Second))
		if got, want := tr != nil, c == lasso.NetworkError; got != want {
			t.Errorf("%v: an answered check ended the wait: %v, want %v", c, got, want)
		}
		if c == lasso.NetworkError && b.circuit(at(time.Second)) != lasso.HalfOpen {
			t.Errorf("%v: circuit %v", c, b.circuit(at(time.Second)))
		}
	}
	b := newBreaker(defaultBreakerConfig(), epoch)
	if b.reachable(epoch) != nil {
		t.Error("a closed breaker changed")
	}
}

func TestBreakerGivesOneTrialAtOnce(t *testing.T) {
	t.Parallel()
	b := opened(t, lasso.ServerError)
	var trials, moves atomic.Int64
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			a, tr := b.admit(at(time.Hour))
			if a.trial {
				trials.Add(1)
			}
			if tr != nil {
				moves.Add(1)
			}
		})
	}
	group.Wait()
	if trials.Load() != 1 || moves.Load() != 1 {
		t.Errorf("%d trials and %d transitions, want one of each", trials.Load(), moves.Load())
	}
}

// TestBreakerInvariants runs random histories against what must always hold.
func TestBreakerInvariants(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		b := newBreaker(defaultBreakerConfig(), epoch)
		now := epoch
		var out []admission
		for step := range 400 {
			now = now.Add(time.Duration(rnd.IntN(30)) * time.Second)
			switch rnd.IntN(6) {
			case 0, 1:
				was := b.circuit(now)
				a, _ := b.admit(now)
				if a.ok && was == lasso.Open || !a.ok && was == lasso.Closed {
					t.Fatalf("seed %d step %d: admission %+v while %v", seed, step, a, was)
				}
				if a.ok {
					out = append(out, a)
				}
			case 2:
				b.reachable(now)
			default:
				if len(out) == 0 {
					continue
				}
				i := rnd.IntN(len(out))
				a := out[i]
				out = append(out[:i], out[i+1:]...)
				switch rnd.IntN(3) {
				case 0:
					b.succeeded(now, a)
				case 1:
					b.failed(now, a, faults[rnd.IntN(len(faults))], "x")
				default:
					b.released(a)
				}
			}
			trials := 0
			for _, a := range out {
				if a.trial {
					trials++
				}
			}
			state := b.current()
			clean := state == lasso.Closed && b.faults == 0 && b.timeouts == 0
			switch {
			case b.clean.Load() != clean:
				t.Fatalf("seed %d step %d: clean is %v in state %v with %d faults, %d timeouts", seed, step, !clean, state, b.faults, b.timeouts)
			case trials > 1, b.leased != (trials == 1):
				t.Fatalf("seed %d step %d: %d trials out, leased %v", seed, step, trials, b.leased)
			case state == lasso.Open && (b.next.Sub(b.since) < 10*time.Second || b.next.Sub(b.since) > 600*time.Second):
				t.Fatalf("seed %d step %d: open for %v", seed, step, b.next.Sub(b.since))
			}
		}
	}
}

func TestBreakerConcurrently(t *testing.T) {
	t.Parallel()
	b := newBreaker(defaultBreakerConfig(), epoch)
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 2))
			for i := range 2000 {
				now := at(time.Duration(i) * time.Second)
				b.circuit(now)
				a, _ := b.admit(now)
				switch {
				case !a.ok:
				case rnd.IntN(3) > 0:
					b.failed(now, a, faults[rnd.IntN(len(faults))], "x")
				default:
					b.succeeded(now, a)
				}
				b.read(now)
			}
		})
	}
	group.Wait()
	if b.leased {
		t.Error("a trial was never given back")
	}
}
