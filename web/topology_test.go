package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

func TestTopologyQuery(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, tt := range []struct {
		path, want, not string
		status          int
	}{
		{"/dashboard/public", "data-loom=", `id="chains"`, 200},
		{"/dashboard/public?topo=drawing", "data-loom=", `id="chains"`, 200},
		{"/dashboard/public?topo=table", `id="chains"`, "data-loom=", 200},
		{"/dashboard/public?topo=table&fragment=chains", `id="chains"`, "<html", 200},
		{"/dashboard/public?topo=table&q=base&fragment=chains", ">Base<", ">Ethereum<", 200},
		{"/dashboard/public?q=base", `data-p="Base"`, `data-p="Ethereum"`, 200},
		{"/dashboard/public?status=open", `data-p="Ethereum"`, `data-p="Base"`, 200},
		{"/dashboard/public?q=nothing", "No chain matches the filter.", "data-loom=", 200},
		{"/dashboard/public?topo=map", "drawing, table", "", 400},
		{"/dashboard/public?status=fine", "open, rate, test, recov, degr, lag, unk, drain, ok", "", 400},
		{"/dashboard/public?q=" + strings.Repeat("x", 65), "at most 64 bytes", "", 400},
		{"/dashboard/public?q=%3Cscript%3E", "&lt;script&gt;", "<script>", 200},
		{"/dashboard/public/regions?status=fine", "", "", 200}, // it means nothing there
	} {
		res := r.get(tt.path)
		if res.status != tt.status || !strings.Contains(res.body, tt.want) || tt.not != "" && strings.Contains(res.body, tt.not) {
			t.Errorf("%s = %d, want %d with %q and without %q", tt.path, res.status, tt.status, tt.want, tt.not)
		}
	}
}

func TestTopologyDelta(t *testing.T) {
	t.Parallel()
	r := setup(t)
	const path = "/dashboard/public?fragment=topology-delta"
	res := r.get(path)
	if got := res.header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		t.Errorf("type = %q, want JSON", got)
	}
	var d struct {
		C, L map[string][]any
	}
	if err := json.Unmarshal([]byte(res.body), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.C) != 3 || len(d.L) != 4 || d.L["1-drpc"][0] != "open" || d.L["1-drpc"][4] != "5 failures in a row, last: HTTP 502" {
		t.Errorf("%d chains and %d links, drpc %v, want 3, 4, open with its reason", len(d.C), len(d.L), d.L["1-drpc"])
	}
	same := r.get(path, "If-None-Match", res.header.Get("ETag"))
	if same.status != http.StatusNotModified || same.body != "" {
		t.Errorf("the same again = %d with %d bytes, want 304 with none", same.status, len(same.body))
	}
	r.figs.totals = &lasso.CallFigures{Calls: 9, PerSecond: 7}
	if changed := r.get(path, "If-None-Match", res.header.Get("ETag")); changed.status != http.StatusOK {
		t.Errorf("with other figures = %d, want 200", changed.status)
	}
}
