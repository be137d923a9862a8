package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// totals is the JSON of the totals endpoint.
type totals struct {
	Data struct {
		Calls     uint64            `json:"calls"`
		Failed    uint64            `json:"failed"`
		Local     uint64            `json:"local"`
		Failovers uint64            `json:"failovers"`
		Errors    map[string]uint64 `json:"errors"`
	} `json:"data"`
}

// TestFigures sends a known number of calls and wants to find exactly that
// number in the leaderboard, the totals, the methods, the CSV, /metrics and on
// the pages.
func TestFigures(t *testing.T) {
	const balances, reverts, locals, batched = 300, 50, 20, 30
	const forwarded = balances + reverts + batched
	const calls = forwarded + locals + batched // the batch asks for the chain id as often
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	balance := question{"", "eth_getBalance", fmt.Sprintf(`[%q,"latest"]`, env.chain.to)}
	local := question{"", "eth_chainId", `[]`}
	send := func(n int, q question, member string) {
		t.Helper()
		for i := range n {
			if _, body := post(t, r.rpc(), q.body(i)); !bytes.Contains(body, []byte(member)) {
				t.Fatalf("%s: got %s", q.method, body)
			}
		}
	}
	send(balances, balance, `"result"`)
	send(reverts, question{"", "eth_call", fmt.Sprintf(`[{"to":%q},"latest"]`, env.chain.reverter)}, `"error"`)
	send(locals, local, `"0x539"`)
	for range batched / 10 {
		var members []string
		for i := range 10 {
			members = append(members, balance.body(i), local.body(10+i))
		}
		_, body := post(t, r.rpc(), "["+strings.Join(members, ",")+"]")
		var answers []envelope
		if err := json.Unmarshal(body, &answers); err != nil || len(answers) != 20 {
			t.Fatalf("batch: %d answers, want 20 (%v)", len(answers), err)
		}
	}

	board := r.checkBoard(t, forwarded)
	var sums totals
	if err := r.getJSON(t.Context(), "/api/v1/profiles/local/chains/1337/totals?window=1h", &sums); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		got, want uint64
	}{
		{"calls", sums.Data.Calls, calls},
		{"local calls", sums.Data.Local, locals + batched},
		{"failed calls", sums.Data.Failed, 0},
		{"failovers", sums.Data.Failovers, 0},
		{"reverts", sums.Data.Errors["execution_revert"], reverts},
	} {
		if c.got != c.want {
			t.Errorf("totals: %s: got %d, want %d", c.name, c.got, c.want)
		}
	}
	r.checkMethods(t, map[string]uint64{"eth_getBalance": balances + batched, "eth_call": reverts})
	r.checkMetrics(t, board, calls, reverts, locals+batched)
	r.checkCSV(t, board)
	r.checkPages(t, board)
}

// checkBoard compares the sum of the leaderboard and returns it. The board may
// be some seconds old, so it is read until it has been gathered anew.
func (r *router) checkBoard(t *testing.T, want uint64) leaderboard {
	t.Helper()
	var board leaderboard
	eventually(t, 25*time.Second, "leaderboard shows all calls", func(ctx context.Context) error {
		var err error
		if board, err = r.leaderboard(ctx); err != nil {
			return err
		}
		if got, failed := board.total(); got != want || failed != 0 {
			return fmt.Errorf("got %d calls and %d errors, want %d and 0", got, failed, want)
		}
		return nil
	})
	if c := board.Coverage; c.Responding != 1 || c.Total != 1 || len(c.Missing) != 0 {
		t.Errorf("coverage: got %+v, want 1 of 1", c)
	}
	var share float64
	for _, line := range board.Data {
		share += line.Share
		if line.Calls == 0 || line.SuccessRate != 1 || line.P50 <= 0 || line.P99 < line.P50 {
			t.Errorf("leaderboard line: %+v", line)
		}
	}
	if share < 0.999 || share > 1.001 {
		t.Errorf("traffic shares add up to %v, want 1", share)
	}
	return board
}

func (r *router) checkMethods(t *testing.T, want map[string]uint64) {
	t.Helper()
	var methods struct {
		Data []struct {
			Method string `json:"method"`
			Calls  uint64 `json:"total_calls"`
			Errors uint64 `json:"errors"`
		} `json:"data"`
	}
	if err := r.getJSON(t.Context(), "/api/v1/profiles/local/chains/1337/methods?window=1h", &methods); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, m := range methods.Data {
		got[m.Method] += m.Calls
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("methods: %s: got %d, want %d", name, got[name], n)
		}
	}
}

func (r *router) checkMetrics(t *testing.T, board leaderboard, calls, reverts, locals float64) {
	t.Helper()
	m := r.metrics(t)
	scope := func(more ...string) map[string]string {
		labels := map[string]string{"profile": "local", "chain": "1337"}
		for i := 0; i < len(more); i += 2 {
			labels[more[i]] = more[i+1]
		}
		return labels
	}
	if got := sum(m["lasso_calls_total"], scope()); got != calls {
		t.Errorf("lasso_calls_total: got %v, want %v", got, calls)
	}
	if got := sum(m["lasso_calls_total"], scope("outcome", "application_error")); got != reverts {
		t.Errorf("lasso_calls_total, application errors: got %v, want %v", got, reverts)
	}
	if got := sum(m["lasso_calls_total"], scope("method", "eth_chainId")); got != locals {
		t.Errorf("lasso_calls_total, eth_chainId: got %v, want %v", got, locals)
	}
	for _, line := range board.Data {
		got := sum(m["lasso_attempts_total"], scope("provider", line.Provider, "origin", "client"))
		if got != float64(line.Calls) {
			t.Errorf("lasso_attempts_total of %s: got %v, want %d", line.Provider, got, line.Calls)
		}
	}
}

func (r *router) checkCSV(t *testing.T, board leaderboard) {
	t.Helper()
	_, body, err := request(t.Context(), http.MethodGet, r.url+"/api/v1/profiles/local/chains/1337/leaderboard?window=1h&format=csv", "")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 1+len(board.Data) {
		t.Fatalf("CSV: %d rows, want %d (%v)", len(rows), 1+len(board.Data), err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, cells := range rows[1:] {
		line, err := board.row(cells[column["provider_id"]])
		if err != nil {
			t.Error(err)
			continue
		}
		if got, want := cells[column["total_calls"]], strconv.FormatUint(line.Calls, 10); got != want {
			t.Errorf("CSV: calls of %s: got %s, want %s", line.Provider, got, want)
		}
	}
}

// checkPages reads the number of requests from each provider's page.
func (r *router) checkPages(t *testing.T, board leaderboard) {
	t.Helper()
	tags := regexp.MustCompile(`<[^>]*>`)
	count := regexp.MustCompile(`Not answered\s+([\d,]+)\s+of ([\d,]+)`)
	for _, line := range board.Data {
		path := "/dashboard/local/chains/1337/providers/" + line.Provider + "?range=1h"
		eventually(t, 20*time.Second, "page of "+line.Provider, func(ctx context.Context) error {
			_, page, err := request(ctx, http.MethodGet, r.url+path, "")
			if err != nil {
				return err
			}
			found := count.FindStringSubmatch(tags.ReplaceAllString(string(page), " "))
			if found == nil {
				return fmt.Errorf("no number of requests on %s", path)
			}
			got := strings.ReplaceAll(found[2], ",", "")
			if found[1] != "0" || got != strconv.FormatUint(line.Calls, 10) {
				return fmt.Errorf("got %s not answered of %s, want 0 of %d", found[1], got, line.Calls)
			}
			return nil
		})
	}
}
