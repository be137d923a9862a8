package web

import (
	"net/url"
	"slices"
	"sync"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

// playground holds what the page remembers: the last runs, and the load run.
// It is safe for concurrent use.
type playground struct {
	turns     chan struct{} // one for each run in flight
	digesting sync.Mutex    // held while answers are read or compared
	load      loadRunner

	mu   sync.Mutex
	runs []*pgRun // newest first
}

func newPlayground() *playground { return &playground{turns: make(chan struct{}, runsAtOnce)} }

// pgRun is a run that was made, with all that is shown of it. Nobody changes
// one after it was compared.
type pgRun struct {
	profile  lasso.ProfileID
	chain    lasso.ChainID
	params   string
	strategy lasso.Strategy
	provider lasso.ProviderID // with AskOne
	bytes    int              // about what it holds in memory
	shown    dashboard.PlaygroundRun
}

// keep remembers a run, and forgets the oldest ones: more than keptRuns, or
// more than keptBytes. A run alone has about runBytes, which is less.
func (p *playground) keep(r *pgRun) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runs = append([]*pgRun{r}, p.runs...)
	size, n := 0, 0
	for _, r := range p.runs {
		if size += r.bytes; n == keptRuns || n > 0 && size > keptBytes {
			break
		}
		n++
	}
	clear(p.runs[n:])
	p.runs = p.runs[:n]
}

// of lists the runs of a profile, newest first.
func (p *playground) of(profile lasso.ProfileID) []*pgRun {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*pgRun
	for _, r := range p.runs {
		if r.profile == profile {
			list = append(list, r)
		}
	}
	return list
}

func findRun(runs []*pgRun, id string) *pgRun {
	if i := slices.IndexFunc(runs, func(r *pgRun) bool { return r.shown.ID == id }); i >= 0 {
		return runs[i]
	}
	return nil
}

// groupBytes is about what a group holds in memory.
func groupBytes(g *dashboard.PlaygroundGroup) int {
	n := 512 + len(g.Note) + len(g.Raw) + len(g.Code.Text) + 8*(len(g.Code.Pieces)+len(g.Marks)+len(g.First))
	for _, d := range g.Diffs {
		n += 48 + len(d.Path) + len(d.Left) + len(d.Right)
	}
	return n
}

func answerRowBytes(a *dashboard.PlaygroundAnswer) int {
	return 512 + 2*len(a.Name) + len(a.Value) + len(a.Rest) + len(a.Against)
}

func routingBytes(r *dashboard.PlaygroundRouting) int {
	if r == nil {
		return 0
	}
	return 512 * (1 + len(r.Tries) + len(r.Candidates))
}

func answerViewWords() []string {
	return []string{dashboard.ViewTable, dashboard.ViewDifference, dashboard.ViewRaw}
}

// runView is a run as it is drawn, in one of answerViewWords, and with one group
// beside the first. It shares what is shown with the run.
func runView(p *lasso.Profile, r *pgRun, view, beside string) (*dashboard.PlaygroundRun, error) {
	out := r.shown
	if out.View = view; view == "" {
		out.View = dashboard.ViewTable
	}
	out.Chain = chainOfRun(p, r)
	if len(out.Groups) < 2 {
		return &out, nil
	}
	others := out.Groups[1:]
	if out.Other = beside; beside == "" {
		out.Other = others[0].Letter
	}
	if _, ok := out.Beside(); !ok {
		letters := make([]string, 0, len(others))
		for i := range others {
			letters = append(letters, others[i].Letter)
		}
		return nil, badQuery("group", beside, letters)
	}
	return &out, nil
}

func chainOfRun(p *lasso.Profile, r *pgRun) dashboard.ChainRef {
	if ch, ok := p.Chain(r.chain.String()); ok {
		return chainRef(ch)
	}
	return dashboard.ChainRef{ID: uint64(r.chain)}
}

// pastViews lists the runs that are kept.
func pastViews(p *lasso.Profile, runs []*pgRun, current string) []dashboard.PlaygroundPast {
	const clipped = 120
	past := make([]dashboard.PlaygroundPast, 0, len(runs))
	for _, r := range runs {
		row := dashboard.PlaygroundPast{
			ID: r.shown.ID, At: r.shown.At, Method: r.shown.Method, Params: clipText(r.params, clipped), Current: r.shown.ID == current,
			Chain: chainOfRun(p, r), Summary: r.shown.Summary(),
		}
		q := url.Values{"chain": {row.Chain.Alias}, "method": {row.Method}, "ask": {r.shown.Ask}, "strategy": {r.strategy.String()}, "run": {row.ID}}
		if row.Chain.Alias == "" {
			q.Set("chain", r.chain.String())
		}
		if len(r.params) <= maxLinked {
			q.Set("params", r.params)
		}
		if r.provider != "" {
			q.Set("provider", string(r.provider))
		}
		row.Query = "?" + q.Encode()
		past = append(past, row)
	}
	return past
}
