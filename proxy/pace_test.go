package proxy

import (
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// TestProbePace checks the wait after each kind of outcome at both ends of the
// random part.
func TestProbePace(t *testing.T) {
	t.Parallel()
	bad := verdict{category: lasso.ServerError}
	for name, tt := range map[string]struct {
		last     verdict
		times    int
		set      func(*instance)
		from, to time.Duration
	}{
		"good":           {verdict{}, 1, nil, 9500 * time.Millisecond, 10500 * time.Millisecond},
		"one failure":    {bad, 1, nil, 1600 * time.Millisecond, 2400 * time.Millisecond},
		"three failures": {bad, 3, nil, 6400 * time.Millisecond, 9600 * time.Millisecond},
		"many failures":  {bad, 99, nil, 24 * time.Second, 36 * time.Second},
		"credentials":    {verdict{category: lasso.AuthError}, 3, nil, 96 * time.Second, 144 * time.Second},
		"limit":          {verdict{category: lasso.RateLimit, wait: time.Second}, 1, nil, 30 * time.Second, 45 * time.Second},
		"long limit":     {verdict{category: lasso.RateLimit, wait: 2 * time.Minute}, 9, nil, 2 * time.Minute, 3 * time.Minute},
		"endless limit":  {verdict{category: lasso.RateLimit, wait: 99 * time.Hour}, 1, nil, time.Hour, 90 * time.Minute},
		"out of service": {verdict{category: lasso.ServerError, wait: 2 * time.Minute}, 1, nil, 2 * time.Minute, 3 * time.Minute},
		"half-open": {
			verdict{},
			1, func(in *instance) { in.breakers[0].move(lasso.HalfOpen, epoch, "") },
			800 * time.Millisecond, 1200 * time.Millisecond,
		},
	} {
		for _, random := range []float64{0, 0.999999999} {
			l := newLab(t, "a", func(c *Config, chain *lasso.Chain) {
				c.Float = func() float64 { return random }
				chain.ProbeInterval = 10 * time.Second
			})
			in := l.route("a").in
			if tt.set != nil {
				tt.set(in)
			}
			b := &prober{p: l.Proxy}
			var got time.Duration
			for range tt.times {
				got = b.next(in, tt.last, epoch)
			}
			want := tt.from
			if random > 0 {
				want = tt.to
			}
			if got.Round(time.Millisecond) != want {
				t.Errorf("%s: wait %v, want %v", name, got, want)
			}
		}
	}
}

func TestLimitIsNeverShortened(t *testing.T) {
	t.Parallel()
	var l limitState
	if l.get(epoch) != nil {
		t.Error("limited from the start")
	}
	for i, tt := range []struct {
		at, wait time.Duration
		began    bool
		until    time.Duration
	}{
		{0, time.Minute, true, time.Minute},
		{10 * time.Second, 10 * time.Second, false, time.Minute},
		{20 * time.Second, time.Minute, false, 80 * time.Second},
		{80 * time.Second, 99 * time.Hour, true, 80*time.Second + time.Hour},
	} {
		if began := l.set(at(tt.at), tt.wait, "x"); began != tt.began {
			t.Errorf("%d: began %v", i, began)
		}
		m := l.get(at(tt.at))
		if m == nil || !m.until.Equal(at(tt.until)) || tt.began != m.since.Equal(at(tt.at)) {
			t.Errorf("%d: %+v, want until %v", i, m, tt.until)
		}
	}
	if l.get(at(80*time.Second+time.Hour)) != nil {
		t.Error("limited at the end of the limit")
	}
}

func TestRollingMinute(t *testing.T) {
	t.Parallel()
	var r rolling
	for s := range 120 {
		r.add(at(time.Duration(s)*time.Second), s%4 != 0)
	}
	ok, bad := r.sums(at(119 * time.Second))
	if total := ok + bad; total < 55 || total > 60 || bad*4 > total+4 || bad*4+4 < total {
		t.Errorf("%d good, %d bad in the last minute, want about 45 and 15", ok, bad)
	}
	if ok, bad = r.sums(at(5 * time.Minute)); ok+bad != 0 {
		t.Errorf("%d and %d after a pause", ok, bad)
	}
}
