package dashboard

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/lasso-rpc/lasso/views"
	"github.com/lasso-rpc/lasso/views/ui"
)

// Page renders the whole document.
func (m SystemPage) Page() templ.Component { return systemPage(m) }

// Fragment renders one of FragmentFacts, FragmentNodes, FragmentRuntime,
// FragmentBuilds and FragmentBuffers.
func (m SystemPage) Fragment(id string) (templ.Component, bool) {
	switch id {
	case FragmentFacts:
		return together(m.Shell, systemFacts(m)), true
	case FragmentNodes:
		return systemCards(m), true
	case FragmentRuntime:
		return systemTable(m), true
	case FragmentBuilds:
		return systemBuilds(m), true
	case FragmentBuffers:
		return systemBuffers(m), true
	}
	return nil, false
}

// known are the nodes that said how they stand.
func (m SystemPage) known() []NodeRuntime {
	return slices.DeleteFunc(slices.Clone(m.Nodes), func(n NodeRuntime) bool { return !n.Known })
}

// silence is the state of a node that did not say how it stands, and why.
func (n NodeRuntime) silence() (st ui.Status, word, why string) {
	switch {
	case n.Asking:
		return ui.Unknown, "Asking", "It is being asked."
	case n.Older:
		return ui.Unknown, "Version does not tell", "Its version does not know the question for its process."
	}
	return ui.Degraded, "No answer", sentenceOf(n.Reason)
}

func (n NodeRuntime) id(prefix string) string { return prefix + "-" + n.Node + "-" + n.Boot }

func figure(known bool, s string) string {
	if !known {
		return views.None
	}
	return s
}

// told is a figure that a platform may not tell.
func told(n uint64, s string) string { return figure(n > 0, s) }

func (n NodeRuntime) cpu() string { return percentOf(n.CPU) }

// percentOf writes a use of processors, without the sign.
func percentOf(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0) || v < 0:
		return views.None
	case v > 0 && v < 0.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return views.Number(uint64(math.Round(v)))
}

func (n NodeRuntime) cpuWords() string {
	if n.CPUSpan <= 0 {
		return "Of one processor"
	}
	return "Of one processor, over " + views.Fine(n.CPUSpan)
}

// cpuLabel names the time that the figure is the mean of, where it is long: a
// node measures from one question to the next.
func (n NodeRuntime) cpuLabel() string {
	if n.CPUSpan > time.Minute {
		return "CPU, " + views.Span(n.CPUSpan)
	}
	return "CPU"
}

// busy tells a node that uses nearly all it may.
func (n NodeRuntime) busy() bool { return n.Procs > 0 && n.CPU >= 90*float64(n.Procs) }

// crowded tells a node that is near a limit beyond which it refuses.
func crowded(n, limit uint64) bool { return limit > 0 && n >= limit/10*8 && n > 0 }

func pause(d time.Duration) string {
	if d <= 0 {
		return views.None
	}
	if d < time.Millisecond {
		return strconv.FormatInt(max(d.Microseconds(), 1), 10) + " µs"
	}
	return views.Milliseconds(float64(d.Microseconds()) / 1000)
}

func (n NodeRuntime) gcCPU() string {
	if n.GCs == 0 {
		return views.None
	}
	return views.Percent(n.GCCPU) + " %"
}

func (n NodeRuntime) platform() string {
	return strings.Trim(n.OS+"/"+n.Arch, "/")
}

// sizeParts splits a size into figure and unit.
func sizeParts(n uint64) (value, unit string) {
	value, unit, _ = strings.Cut(views.Bytes(n), " ")
	return value, unit
}

func compareRuntimes(key string, a, b NodeRuntime) int {
	switch key {
	case "region":
		return cmp.Compare(a.Region, b.Region)
	case "cpu":
		return cmp.Compare(a.CPU, b.CPU)
	case "memory":
		return cmp.Compare(a.RSS, b.RSS)
	case "heap":
		return cmp.Compare(a.HeapInUse, b.HeapInUse)
	case "goroutines":
		return cmp.Compare(a.Goroutines, b.Goroutines)
	case "gcs":
		return cmp.Compare(a.GCs, b.GCs)
	case "pause":
		return cmp.Compare(a.PauseP99, b.PauseP99)
	case "gccpu":
		return cmp.Compare(a.GCCPU, b.GCCPU)
	case "files":
		return cmp.Compare(a.Files, b.Files)
	case "clients":
		return cmp.Compare(a.Clients, b.Clients)
	case "upstreams":
		return cmp.Compare(a.Upstreams, b.Upstreams)
	case "calls":
		return cmp.Compare(a.Calls, b.Calls)
	case "bytes":
		return cmp.Compare(a.BodyBytes, b.BodyBytes)
	case "up":
		return b.Started.Compare(a.Started)
	case "node":
		return cmp.Compare(strings.ToLower(a.Node), strings.ToLower(b.Node))
	}
	return 0
}

// ordered are the nodes in the order of the table. Those that did not say how
// they stand are last, whatever the order.
func (m SystemPage) ordered() []NodeRuntime {
	o := parseOrder(m.Sort)
	out := slices.Clone(m.Nodes)
	slices.SortStableFunc(out, func(a, b NodeRuntime) int {
		if a.Known != b.Known {
			if a.Known {
				return -1
			}
			return 1
		}
		c := compareRuntimes(o.key, a, b)
		if o.desc {
			c = -c
		}
		return cmp.Or(c, compareRuntimes("node", a, b))
	})
	return out
}

func (m SystemPage) column(label, key string, first, right bool) ui.Column {
	return m.heading(label, key, m.Sort, "node", first, right, func(q *query, v string) { q.sort = v })
}

// bufferNames are the known buffers in the order of their columns.
func bufferNames() [][2]string {
	return [][2]string{
		{"series", "Series"},
		{"records", "Late records"},
		{"feed_calls", "Calls kept"},
		{"feed_failed", "Failures and failovers kept"},
		{"feed_events", "Events kept"},
		{"reads", "Reads kept"},
		{"answers", "Answers kept"},
		{"tail_received", "Activity received"},
		{"tail_sent", "Activity sent"},
	}
}

// bufferColumns are the buffers that the nodes have, the known ones first.
func (m SystemPage) bufferColumns() [][2]string {
	has := func(name string) bool {
		return slices.ContainsFunc(m.Nodes, func(n NodeRuntime) bool {
			return slices.ContainsFunc(n.Buffers, func(b Buffer) bool { return b.Name == name })
		})
	}
	var out [][2]string
	for _, c := range bufferNames() {
		if has(c[0]) {
			out = append(out, c)
		}
	}
	for _, n := range m.Nodes {
		for _, b := range n.Buffers {
			if !slices.ContainsFunc(out, func(c [2]string) bool { return c[0] == b.Name }) {
				out = append(out, [2]string{b.Name, b.Name})
			}
		}
	}
	return out
}

func (n NodeRuntime) buffer(name string) (Buffer, bool) {
	i := slices.IndexFunc(n.Buffers, func(b Buffer) bool { return b.Name == name })
	if i < 0 {
		return Buffer{}, false
	}
	return n.Buffers[i], true
}

// held is how full a buffer is.
func (b Buffer) held() string {
	if b.Limit == 0 {
		return ""
	}
	return views.Number(b.Held) + " of " + views.Number(b.Limit)
}

// harmful tells buffers whose losses make figures wrong. The others leave out
// on purpose.
func (b Buffer) harmful() bool {
	switch b.Name {
	case "series", "records", "answers":
		return b.LeftOut > 0
	}
	return false
}

func (m SystemPage) bufferNote() string {
	return "Series: methods beyond the limit are counted as “other”. Late records: too old for every window. Activity sent: answered calls that were left out of what other nodes are shown. " +
		"Kept calls, events and reads make room for newer ones by design."
}

// process are the two figures of a node's process on the cluster page.
func (n Node) process() (cpu, memory, unit, title string) {
	p := n.Process
	if p == nil || n.lost() {
		return views.None, views.None, "", "It does not tell"
	}
	memory, unit = sizeParts(p.RSS)
	if p.RSS == 0 {
		memory, unit = views.None, ""
	}
	return p.cpu(), memory, unit, p.cpuWords()
}

// use is the process of a node for putting nodes in order: of one that did not
// say, less than any.
func (n Node) use() NodeRuntime {
	if n.Process == nil {
		return NodeRuntime{CPU: -1}
	}
	return *n.Process
}

// with puts a unit behind a figure that exists.
func with(value, unit string) string {
	if value == views.None {
		return value
	}
	return value + " " + unit
}

// ofLimit is the limit beside a figure; empty where there is none.
func ofLimit(limit uint64) string {
	if limit == 0 {
		return ""
	}
	switch n := views.Number(limit); {
	case limit < 10_000:
		return "of " + n
	case limit < 1_000_000:
		return "of " + n[:len(n)-4] + "k"
	default:
		return "of " + n[:len(n)-8] + "M"
	}
}
