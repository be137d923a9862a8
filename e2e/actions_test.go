package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

const adminToken = "e2e-token-for-operators"

// act does an action on a provider over the API.
func (r *router) act(t *testing.T, provider, action string) {
	t.Helper()
	body := fmt.Sprintf(`{"action":%q,"reason":"end to end"}`, action)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		r.url+"/api/v1/profiles/local/chains/dev/providers/"+provider+"/actions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+adminToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", action, provider, res.Status)
	}
}

// TestDrainInTraffic drains one of two nodes under load. It gets no call from
// then on, also after a reload, no call is lost, and it is used again once it
// is resumed. A forced breaker does the same.
func TestDrainInTraffic(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouterIn(t, []string{"LASSO_ADMIN_TOKEN=" + adminToken}, geths(a, b)...)
	tr := newTraffic(t, a, r.rpc())
	i := 0
	run := func(n int) {
		next, wait := tr.feed(t.Context())
		for range n {
			next <- i
			i++
		}
		close(next)
		wait()
	}
	for _, pair := range [][2]string{{"drain", "resume"}, {"force_open", "automatic"}} {
		before := r.used(t, "geth-b")
		run(300)
		drained := r.used(t, "geth-b")
		if drained == before {
			t.Fatalf("geth-b had no calls before %s", pair[0])
		}
		r.act(t, "geth-b", pair[0])
		run(300)
		r.writeProfile(t, profileYAML(geths(a, b)...)+"        priority: 7\n")
		r.signal(t, syscall.SIGHUP)
		r.waitProviders(t, "geth-a", "geth-b")
		run(300)
		if got := r.used(t, "geth-b"); got != drained {
			t.Errorf("calls of geth-b after %s: got %d, want %d as before it", pair[0], got, drained)
		}
		r.act(t, "geth-b", pair[1])
		eventually(t, 30*time.Second, "geth-b is used again", func(context.Context) error {
			run(20)
			if r.used(t, "geth-b") > drained {
				return nil
			}
			return errors.New("no new calls on it")
		})
	}
	for _, p := range tr.problems {
		t.Error(p)
	}
	if got, want := tr.correct.Load(), tr.sent.Load(); got != want {
		t.Errorf("correct answers: got %d of %d", got, want)
	}
}
