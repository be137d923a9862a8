package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	io_prometheus_client "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// router is one lasso process that serves the profile "local" with the chain
// "dev".
type router struct {
	url      string
	profiles string // profiles directory
	log      string
	env      []string // besides that of the test

	cmd  *exec.Cmd
	done chan struct{}
}

// upstream is one provider line of the test profile.
type upstream struct{ id, url string }

// profileYAML writes the profile "local": one chain, "dev", over the upstreams.
func profileYAML(ups ...upstream) string {
	var b strings.Builder
	b.WriteString("name: Local\nslug: local\n---\nchains:\n  dev:\n" +
		"    chain_id: 1337\n    name: Dev chain\n    block_time_ms: 1000\n" +
		"    monitoring:\n      probe_interval_ms: 1000\n    providers:\n")
	for _, u := range ups {
		fmt.Fprintf(&b, "      - id: %s\n        name: %s\n        url: %s\n        archival: true\n", u.id, u.id, u.url)
	}
	return b.String()
}

// geths names the nodes as upstreams, by their names.
func geths(nodes ...*node) []upstream {
	var ups []upstream
	for _, n := range nodes {
		ups = append(ups, upstream{n.name, n.url()})
	}
	return ups
}

// startRouter runs lasso with a profile of the upstreams until the test ends,
// and waits until all of them are healthy.
func startRouter(t *testing.T, ups ...upstream) *router {
	t.Helper()
	return startRouterIn(t, nil, ups...)
}

// startRouterIn is startRouter with more of an environment.
func startRouterIn(t *testing.T, env []string, ups ...upstream) *router {
	t.Helper()
	dir := t.TempDir()
	r := &router{profiles: filepath.Join(dir, "profiles"), log: filepath.Join(dir, "lasso.log"), env: env}
	if err := os.Mkdir(r.profiles, 0o700); err != nil {
		t.Fatal(err)
	}
	r.writeProfile(t, profileYAML(ups...))
	r.start(t, "--profiles", r.profiles)
	for _, u := range ups {
		r.waitStatus(t, u.id, "healthy", 30*time.Second)
	}
	return r
}

// start runs lasso serve on a free port until the test ends, and waits until it
// is ready.
func (r *router) start(t *testing.T, args ...string) {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	r.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	r.done = make(chan struct{})
	out, err := os.Create(r.log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	r.cmd = exec.Command(env.lasso, append([]string{"serve", "--listen", strings.TrimPrefix(r.url, "http://")}, args...)...)
	r.cmd.Env = append(append(os.Environ(), "LASSO_NODE_ID=e2e", "LASSO_LOG_LEVEL=info"), r.env...)
	r.cmd.Stdout, r.cmd.Stderr = out, out
	if err := r.cmd.Start(); err != nil {
		t.Fatalf("start lasso: %v", err)
	}
	go func() {
		_ = r.cmd.Wait() // the exit code is read from ProcessState
		close(r.done)
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // an error means that it has ended already
		<-r.done
		if strings.Contains(tail(r.log, 1<<20), "DATA RACE") {
			t.Errorf("lasso has a data race")
		}
		if t.Failed() {
			t.Logf("lasso: end of log:\n%s", tail(r.log, 60))
		}
	})
	eventually(t, 30*time.Second, "lasso becomes ready", func(ctx context.Context) error {
		select {
		case <-r.done:
			return fmt.Errorf("lasso ended: %s: %w", r.cmd.ProcessState, errGiveUp)
		default:
		}
		return r.getJSON(ctx, "/api/ready", new(any))
	})
}

// writeProfile replaces the profile in one step, as an editor does.
func (r *router) writeProfile(t *testing.T, text string) {
	t.Helper()
	tmp := filepath.Join(filepath.Dir(r.profiles), "local.yml.new")
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(r.profiles, "local.yml")); err != nil {
		t.Fatal(err)
	}
}

// rpc is where the chain is served.
func (r *router) rpc() string { return r.url + "/rpc/local/dev" }

// signal sends sig to the process.
func (r *router) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("signal %v: %v", sig, err)
	}
}

// waitExit waits for the end of the process and returns its exit code.
func (r *router) waitExit(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(limit):
		t.Fatalf("lasso still runs after %v", limit)
	}
	return r.cmd.ProcessState.ExitCode()
}

// row is one provider of the leaderboard.
type row struct {
	Provider string `json:"provider_id"`
	Status   struct {
		Word   string `json:"word"`
		Reason string `json:"reason"`
	} `json:"status"`
	Calls       uint64            `json:"total_calls"`
	Errors      uint64            `json:"errors"`
	SuccessRate float64           `json:"success_rate"`
	Share       float64           `json:"traffic_share"`
	ByCategory  map[string]uint64 `json:"errors_by_category"`
	P50         float64           `json:"p50_ms"`
	P99         float64           `json:"p99_ms"`
}

// leaderboard is the JSON of the leaderboard endpoint.
type leaderboard struct {
	Data     []row `json:"data"`
	Coverage struct {
		Responding int      `json:"responding"`
		Total      int      `json:"total"`
		Missing    []string `json:"missing"`
	} `json:"coverage"`
	Stale   bool `json:"stale"`
	Loading bool `json:"loading"`
}

// row returns the line of a provider.
func (b leaderboard) row(id string) (row, error) {
	for _, r := range b.Data {
		if r.Provider == id {
			return r, nil
		}
	}
	return row{}, fmt.Errorf("leaderboard has no provider %q", id)
}

// total sums the calls and errors of all providers.
func (b leaderboard) total() (calls, failed uint64) {
	for _, r := range b.Data {
		calls += r.Calls
		failed += r.Errors
	}
	return calls, failed
}

// getJSON reads a JSON answer with status 200 into v.
func (r *router) getJSON(ctx context.Context, path string, v any) error {
	resp, body, err := request(ctx, http.MethodGet, r.url+path, "")
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", path, resp.Status, body)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("GET %s: %w: %s", path, err, body)
	}
	return nil
}

func (r *router) leaderboard(ctx context.Context) (leaderboard, error) {
	var b leaderboard
	err := r.getJSON(ctx, "/api/v1/profiles/local/chains/1337/leaderboard?window=1h", &b)
	return b, err
}

// waitStatus waits until a provider has the status and returns its line.
func (r *router) waitStatus(t *testing.T, id, want string, limit time.Duration) row {
	t.Helper()
	var line row
	eventually(t, limit, id+" becomes "+want, func(ctx context.Context) error {
		b, err := r.leaderboard(ctx)
		if err != nil {
			return err
		}
		if line, err = b.row(id); err != nil {
			return err
		}
		if line.Status.Word != want {
			return fmt.Errorf("status is %q (%s)", line.Status.Word, line.Status.Reason)
		}
		return nil
	})
	return line
}

// metrics scrapes /metrics.
func (r *router) metrics(t *testing.T) map[string]*io_prometheus_client.MetricFamily {
	t.Helper()
	resp, body, err := request(t.Context(), http.MethodGet, r.url+"/metrics", "")
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET /metrics: %s", resp.Status)
	}
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(body)))
	if err != nil {
		t.Fatalf("parse /metrics: %v", err)
	}
	return families
}

// sum adds the samples of a counter family whose labels include all of match.
func sum(f *io_prometheus_client.MetricFamily, match map[string]string) float64 {
	var total float64
	for _, m := range f.GetMetric() {
		have := map[string]string{}
		for _, l := range m.GetLabel() {
			have[l.GetName()] = l.GetValue()
		}
		ok := true
		for k, v := range match {
			ok = ok && have[k] == v
		}
		if ok {
			total += m.GetCounter().GetValue()
		}
	}
	return total
}

// envelope is a JSON-RPC answer whose members are kept byte for byte.
type envelope struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

// decode reads one answer and checks its form.
func decode(body []byte) (envelope, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: %s", err, body)
	}
	if e.Version != "2.0" || (e.Result == nil) == (e.Error == nil) {
		return e, errors.New("not a JSON-RPC answer: " + string(body))
	}
	return e, nil
}
