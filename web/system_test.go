package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// runtimes are what the nodes of a test say of their processes.
func testRuntimes() []lasso.NodeRuntime {
	r := lasso.Runtime{
		At: start, Started: start.Add(-time.Hour), Version: "v1.2.3", Revision: "abcdef012345", GoVersion: "go1.26", OS: "linux", Arch: "amd64", Procs: 2,
		CPUPercent: 31.4, CPUSpan: 5 * time.Second, RSS: 412 << 20, Goroutines: 1204, HeapInUse: 80 << 20, HeapGoal: 130 << 20, GCs: 88,
		LastGC: start, LastPause: 120 * time.Microsecond, PauseP99: 1500 * time.Microsecond, GCCPU: 0.012, Files: 90, FileLimit: 100,
		Clients: 412, Upstreams: 37, Calls: 3, BodyBytes: 12288, BodyLimit: 128 << 20,
		Buffers: []lasso.Buffer{{Name: "series", Held: 40, Limit: 4096, LeftOut: 2}, {Name: hostile, LeftOut: 7}},
	}
	return []lasso.NodeRuntime{
		{Node: "n1", Region: "eu-west-1", Self: true, Runtime: &r},
		{Node: "old", Region: "region-b", Older: true, Reason: `it could not answer: question: unknown kind "runtime"`},
		{Node: hostile, Region: "region-c", Reason: "no answer within 5 s"},
	}
}

// Runtimes makes the fake of what was recorded tell of processes too.
func (f *figures) Runtimes() lasso.Answer[[]lasso.NodeRuntime] {
	return lasso.Answer[[]lasso.NodeRuntime]{
		Data: testRuntimes(), Loading: f.loading, Coverage: lasso.Coverage{Responding: 1, Total: 3, Missing: []lasso.NodeID{"old", hostile}},
	}
}

func TestSystemPage(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const path = "/dashboard/public/system"
	res := r.get(path)
	checkPage(t, path, res)
	for _, want := range []string{
		"412 MiB", "1,204", "1 of 3 nodes", "Version does not tell", "No answer within 5 s.", "go1.26", "linux/amd64", "40 of 4,096", "2 left out", "120 µs",
		"&lt;script&gt;",
	} {
		if !strings.Contains(res.body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(res.body, "<script>alert") {
		t.Error("a name of another node is not escaped")
	}
	for _, part := range []string{"facts", "nodes", "runtime", "builds", "buffers"} {
		if res := r.get(path + "?fragment=" + part); res.status != 200 {
			t.Errorf("fragment %s: status %d", part, res.status)
		}
	}
	if res := r.get(path + "?sort=-memory"); res.status != 200 || !strings.Contains(res.body, `aria-sort="descending"`) {
		t.Errorf("sort by memory: status %d", res.status)
	}
	if res := r.get(path + "?sort=rtt"); res.status != 400 || !strings.Contains(res.body, "memory") {
		t.Errorf("an unknown order: status %d, want 400 that names the known ones", res.status)
	}
	for at, want := range map[string]any{
		"data.0.node_id": "n1", "data.0.cpu_percent": 31.4, "data.0.rss_bytes": float64(412 << 20), "data.0.last_pause_ms": 0.12, "data.0.procs": 2.0,
		"data.0.answer": "answered", "data.2.answer": "version does not tell", "data.1.rss_bytes": nil, "data.1.answer": "no answer", "data.1.reason": "no answer within 5 s",
	} {
		if got := r.value(path+"?format=json", at); got != want {
			t.Errorf("JSON %s = %#v, want %#v", at, got, want)
		}
	}
	if res := r.get(path + "?fragment=buffers&format=csv"); !strings.HasPrefix(res.body, "node_id,buffer,held,limit,left_out\nn1,series,40,4096,2\n") {
		t.Errorf("buffers as CSV: %s", res.body)
	}
}

// TestSystemPageOfARegion: the others are not on the page, and the coverage is
// the region's.
func TestSystemPageOfARegion(t *testing.T) {
	t.Parallel()
	r := setup(t)
	c := clusterOf(0, lasso.NodeResponding, lasso.NodeResponding)
	r.nodes.now.Store(&c)
	res := r.get("/dashboard/public/system?region=region-b&fragment=facts")
	if !strings.Contains(res.body, "0 of 1 node") {
		t.Errorf("got %s", res.body)
	}
}

// TestSystemPageWhileLoading: who was not asked yet is not accused.
func TestSystemPageWhileLoading(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.figs.loading = true
	body := r.get("/dashboard/public/system?fragment=runtime").body
	if !strings.Contains(body, "Asking") || strings.Contains(body, "No answer") {
		t.Errorf("got %s", body)
	}
}
