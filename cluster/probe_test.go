package cluster

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lasso-rpc/lasso"
)

// watcher is a presence that notes who left.
type watcher struct {
	addresses []string
	gone      []string
}

func (w *watcher) joined(lasso.NodeID, lasso.BootID) {}

func (w *watcher) left(_ lasso.BootID, why string) { w.gone = append(w.gone, why) }

func (w *watcher) homes(lasso.BootID) []string { return w.addresses }

// A node that dialled us is not reached at the port that it dialled from.
func TestHomes(t *testing.T) {
	t.Parallel()
	at := netip.MustParseAddr("10.0.0.2")
	for name, tt := range map[string]struct {
		said []string
		r    route
		want []string
	}{
		"we dialled, and it has said nothing":   {r: route{ip: at, port: 4369}, want: []string{"10.0.0.2:4369"}},
		"it dialled, and has said nothing":      {r: route{ip: at, port: 51234}},
		"it dialled, and has said where it is":  {said: []string{"10.9.9.9:4369", "10.0.0.2:4369"}, r: route{ip: at, port: 51234}, want: []string{"10.0.0.2:4369"}},
		"it dialled from another address of it": {said: []string{"10.9.9.9:4369"}, r: route{ip: at, port: 51234}, want: []string{"10.9.9.9:4369"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &embedded{
				cfg: &Config{}, who: &watcher{addresses: tt.said},
				wanted: map[netip.AddrPort]time.Time{netip.MustParseAddrPort("10.0.0.2:4369"): {}},
			}
			if got := e.homes(tt.r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// When both sides dial at once, one connection is closed and the other stays:
// the node is not gone although nobody knows yet where it is reached.
func TestProbeWithoutHome(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]bool{"it is back": true, "it is not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &watcher{}
				e := &embedded{cfg: &Config{}, who: w, probing: map[string]bool{"n": true}, routes: map[string]route{}}
				if back {
					time.AfterFunc(probeEvery/2, func() {
						e.mu.Lock()
						defer e.mu.Unlock()
						e.routes["n"] = route{}
					})
				}
				e.probe(t.Context(), "n", route{ip: netip.MustParseAddr("10.0.0.2"), port: 51234})
				if got := len(w.gone) == 0; got != back {
					t.Errorf("still there: got %v (%q), want %v", got, w.gone, back)
				}
				if e.probing["n"] {
					t.Error("it is still being probed")
				}
			})
		})
	}
}
