package web

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

func requestRow(p *lasso.Profile, it *lasso.FeedItem) dashboard.RequestRow {
	c := it.Call
	named := feedRow(p, *it)
	r := dashboard.RequestRow{
		Seq: it.Seq, Number: it.Number, At: c.At, ID: c.RequestID, Chain: named.Chain, Method: c.Method, Provider: string(c.Provider), Name: named.Name,
		Region: it.Region, Node: string(it.Node), Tries: tries(c), Duration: c.Duration, Failed: !c.Category.Answered(), Local: c.Local, Own: c.Origin != lasso.Client,
	}
	if c.Category != lasso.OK {
		r.Category = c.Category.String()
	}
	return r
}

// tries counts what was tried, also where nothing could be sent.
func tries(c *lasso.Call) int {
	if c.Trace != nil {
		return max(len(c.Trace.Tries), c.Attempts)
	}
	return max(c.Attempts, c.Failovers)
}

func requestDetail(v *visit, it *lasso.FeedItem) dashboard.RequestDetail {
	c := it.Call
	d := dashboard.RequestDetail{
		RequestRow: requestRow(v.profile, it), Strategy: c.Strategy.String(), Code: c.Code, BytesIn: c.BytesIn, BytesOut: c.BytesOut,
		Picked: c.Picked, Traced: c.Trace != nil, Failovers: c.Failovers, Curl: curl(v, c), Link: requestLink(v, it),
	}
	name := func(id lasso.ProviderID) string {
		if ch, ok := v.profile.Chain(c.Chain.String()); ok {
			if pr, ok := ch.Provider(string(id)); ok {
				return pr.Name
			}
		}
		return ""
	}
	add := func(t *lasso.Try) {
		one := dashboard.RequestTry{
			Provider: string(t.Provider), Name: name(t.Provider), Transport: strings.ToUpper(t.Transport.String()), Start: t.Start, Took: t.Took,
			Answered: t.Category.Answered(), Canceled: t.Category == lasso.Canceled, Message: t.Message, Why: t.Why,
		}
		if t.Category != lasso.OK {
			one.Outcome = t.Category.String()
		}
		d.Tries = append(d.Tries, one)
	}
	switch {
	case c.Trace != nil:
		for i := range c.Trace.Tries {
			add(&c.Trace.Tries[i])
		}
		for _, o := range c.Trace.Others {
			d.Others = append(d.Others, dashboard.RequestOther{
				Provider: string(o.Provider), Name: name(o.Provider), LeftOut: o.LeftOut, Why: o.Why,
			})
		}
	case c.Provider != "": // one try, which ended with the call
		add(&lasso.Try{
			Provider: c.Provider, Transport: c.Transport, Category: c.Category, Start: max(c.Duration-c.Upstream, 0), Took: min(c.Upstream, c.Duration), Why: c.Why,
		})
	}
	return d
}

// curl is a command that sends a call of the same method the same way.
func curl(v *visit, c *lasso.Call) string {
	chain := c.Chain.String()
	if ch, ok := v.profile.Chain(chain); ok {
		chain = ch.Key
	}
	to := v.base + "/rpc/" + url.PathEscape(string(v.profile.Slug)) + "/" + c.Strategy.String() + "/" + url.PathEscape(chain)
	method, _ := json.Marshal(c.Method)
	body := `{"jsonrpc":"2.0","id":1,"method":` + string(method) + `,"params":[]}`
	return "curl -X POST " + quoted(to) + " -H 'Content-Type: application/json' -d " + quoted(body)
}

// quoted is a word that a shell takes as it is.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func requestGrid(rows []dashboard.RequestRow) grid {
	g := grid{name: "requests", columns: []string{
		"at", "request_id", "result", "category", "chain_id", "chain", "method", "provider_id", "region", "node_id", "tries", "duration_ms", "origin",
	}}
	for i := range rows {
		r := &rows[i]
		result, origin := "ok", lasso.Client
		if r.Failed {
			result = "failed"
		}
		if r.Own {
			origin = lasso.System
		}
		g.add(
			r.At, r.ID, result, r.Category, r.Chain.ID, r.Chain.Alias, r.Method, r.Provider,
			r.Region, r.Node, r.Tries, milliseconds(r.Duration), origin.String(),
		)
	}
	return g
}
