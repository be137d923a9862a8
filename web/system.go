package web

import (
	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Runtimes tells how the processes of all known nodes stand.
type Runtimes interface {
	// Runtimes lists the nodes by id; one that did not say so has the reason.
	Runtimes() lasso.Answer[[]lasso.NodeRuntime]
}

// runtimeColumns order the table of the system page.
func runtimeColumns() []string {
	return []string{
		"node", "cpu", "memory", "heap", "goroutines", "gcs", "pause", "gccpu", "files", "clients", "upstreams", "calls", "bytes", "up",
	}
}

// systemPage shows the process of each node.
func (s *Server) systemPage(v *visit) sheet {
	a := s.figures(v).Runtimes()
	page := dashboard.SystemPage{Shell: s.listing(v)}
	t := trustOf(a)
	if v.place != (lasso.Place{}) {
		t.coverage = lasso.Coverage{}
	}
	for i := range a.Data {
		n := &a.Data[i]
		if v.place != (lasso.Place{}) {
			if !v.place.Has(n.Node, n.Region) {
				continue
			}
			t.coverage.Total++
			if n.Runtime != nil {
				t.coverage.Responding++
			} else {
				t.coverage.Missing = append(t.coverage.Missing, n.Node)
			}
		}
		page.Nodes = append(page.Nodes, runtimeView(n, a.Loading))
	}
	return sheet{
		nav: dashboard.NavSystem, title: "System", attention: v.unwell(s.states(v.profile.Slug, v.place)), trust: t,
		model: &page,
		tables: map[string]func() grid{
			dashboard.FragmentRuntime: func() grid { return runtimeGrid(page.ListedNodes()) },
			dashboard.FragmentBuilds:  func() grid { return runtimeGrid(page.Nodes) },
			dashboard.FragmentBuffers: func() grid { return bufferGrid(page.Nodes) },
		},
	}
}

// runtimeView is the process of a node as it is shown. Reason and buffers of
// another node are a stranger's; they are bounded where they arrive.
func runtimeView(n *lasso.NodeRuntime, loading bool) dashboard.NodeRuntime {
	v := dashboard.NodeRuntime{
		Node: string(n.Node), Boot: string(n.Boot), Region: n.Region, Self: n.Self, Known: n.Runtime != nil, Older: n.Older,
		Asking: loading && !n.Self, Reason: n.Reason,
	}
	r := n.Runtime
	if r == nil {
		return v
	}
	v.At, v.Started, v.Version, v.Revision, v.GoVersion, v.OS, v.Arch, v.Procs = r.At, r.Started, r.Version, r.Revision, r.GoVersion, r.OS, r.Arch, r.Procs
	v.CPU, v.CPUSpan, v.RSS, v.Goroutines, v.HeapInUse, v.HeapGoal = r.CPUPercent, r.CPUSpan, r.RSS, r.Goroutines, r.HeapInUse, r.HeapGoal
	v.GCs, v.LastGC, v.LastPause, v.PauseP99, v.GCCPU = r.GCs, r.LastGC, r.LastPause, r.PauseP99, r.GCCPU
	v.Files, v.FileLimit, v.Clients, v.Upstreams, v.Calls, v.BodyBytes, v.BodyLimit = r.Files, r.FileLimit, r.Clients, r.Upstreams, r.Calls, r.BodyBytes, r.BodyLimit
	for _, b := range r.Buffers {
		v.Buffers = append(v.Buffers, dashboard.Buffer(b))
	}
	return v
}

// answerWord is what became of a question to a node.
func answerWord(said, asking, older bool) string {
	switch {
	case said:
		return "answered"
	case asking:
		return "asking"
	case older:
		return "version does not tell"
	}
	return "no answer"
}

func runtimeGrid(nodes []dashboard.NodeRuntime) grid {
	g := grid{name: "system", columns: []string{
		"node_id", "region", "answer", "reason", "version", "revision", "go_version", "os", "arch", "procs", "started_at", "at",
		"cpu_percent", "rss_bytes", "heap_bytes", "heap_goal_bytes", "goroutines", "gcs", "last_gc", "last_pause_ms", "pause_p99_ms", "gc_cpu",
		"files", "file_limit", "clients", "upstreams", "calls_in_flight", "body_bytes", "body_limit_bytes",
	}}
	for i := range nodes {
		n := &nodes[i]
		row := []any{n.Node, n.Region, answerWord(n.Known, n.Asking, n.Older), n.Reason}
		if n.Known {
			row = append(
				row, n.Version, n.Revision, n.GoVersion, n.OS, n.Arch, n.Procs, n.Started, n.At,
				n.CPU, nonzero(n.RSS), n.HeapInUse, nonzero(n.HeapGoal), n.Goroutines, n.GCs, n.LastGC,
				lasted(n.LastPause), lasted(n.PauseP99), n.GCCPU, nonzero(n.Files), nonzero(n.FileLimit),
				n.Clients, n.Upstreams, n.Calls, n.BodyBytes, nonzero(n.BodyLimit),
			)
		}
		g.add(row...)
	}
	return g
}

func bufferGrid(nodes []dashboard.NodeRuntime) grid {
	g := grid{name: "buffers", columns: []string{"node_id", "buffer", "held", "limit", "left_out"}}
	for i := range nodes {
		for _, b := range nodes[i].Buffers {
			var held any // it counts losses only
			if b.Limit > 0 {
				held = b.Held
			}
			g.add(nodes[i].Node, b.Name, held, nonzero(b.Limit), b.LeftOut)
		}
	}
	return g
}

// addProcesses gives nodes what they say of their processes.
func addProcesses(nodes []dashboard.Node, a lasso.Answer[[]lasso.NodeRuntime]) {
	for i := range a.Data {
		r := &a.Data[i]
		if r.Runtime == nil {
			continue
		}
		for j := range nodes {
			if n := &nodes[j]; n.ID == string(r.Node) && n.Self == r.Self && (r.Self || n.Boot == string(r.Boot)) {
				v := runtimeView(r, false)
				n.Process = &v
			}
		}
	}
}
