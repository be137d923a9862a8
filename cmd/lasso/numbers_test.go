package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/views"
)

// sent is what TestNumbersAgree sends to the three nodes, by method. Some cells
// hold fewer than the page calls enough, some more.
var sent = []map[string]int{
	{"eth_getBalance": 60, "eth_gasPrice": 9},
	{"eth_getBalance": 25, "eth_gasPrice": 4},
	{"eth_getBalance": 2, "eth_gasPrice": 30},
}

func sentTo(node int) (n int) {
	for _, calls := range sent[node] {
		n += calls
	}
	return n
}

// TestNumbersAgree sends a known number of calls to each of three nodes. Then
// any node's pages, their JSON, their CSV and the API say exactly that, for all
// regions together and for one.
func TestNumbersAgree(t *testing.T) {
	s := play(t, &demoCmd{Nodes: 3, Seed: 1, NoTraffic: true})
	for i, methods := range sent {
		for method, n := range methods {
			params := map[string]string{"eth_getBalance": `["0x0000000000000000000000000000000000000001","latest"]`, "eth_gasPrice": `[]`}[method]
			for id := range n {
				ask(t, "http://"+s.nodes[i].flags.Listen+"/rpc/demo/arbitrum", fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params))
			}
		}
	}
	all := sentTo(0) + sentTo(1) + sentTo(2)
	second := s.nodes[1].region.name
	for _, c := range []struct {
		page, named string // the column that names a row on the page
		rows        string // what the line of a CSV file must hold to be looked at
		want        int
	}{
		{"/chains?range=1h", "chain_name", "42161,", all},
		{"/chains?range=1h&region=" + second, "chain_name", "42161,", sentTo(1)},
		{"/chains/arbitrum?range=1h", "name", "", all},
		{"/chains/arbitrum?range=1h&region=" + second, "name", "", sentTo(1)},
		{"/providers?range=1h", "name", "42161,", all},
		{"/methods?chain=arbitrum&range=1h&fragment=methods", "method", "", all},
		{"/methods?chain=arbitrum&range=1h&fragment=methods&region=" + second, "method", "", sentTo(1)},
		{"/methods?chain=arbitrum&range=1h", "", "", all},
		{"/regions?range=1h", "", "42161,", all},
	} {
		t.Run(c.page, func(t *testing.T) {
			eventually(t, func() string { return agree(t, s.url+profileRoot+c.page, c.named, c.rows, c.want) })
		})
	}
	eventually(t, func() string {
		_, body := get(t, s.url+"/api/v1/profiles/demo/chains/arbitrum/totals?window=1h")
		var answer struct{ Data struct{ Calls int } }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Data.Calls != all {
			return fmt.Sprintf("totals of the API: %d calls, want %d (%v)", answer.Data.Calls, all, err)
		}
		return ""
	})
}

func ask(t *testing.T, url, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if status, answer := fetch(t, req); status != http.StatusOK || !strings.Contains(answer, `"result"`) {
		t.Fatalf("%s: status %d: %s", body, status, answer)
	}
}

// agree compares a page with its two files. It returns what does not agree,
// which may pass: figures of other nodes are some seconds old.
func agree(t *testing.T, url, named, only string, want int) string {
	t.Helper()
	_, file := get(t, url+"&format=csv")
	lines, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil || len(lines) < 2 {
		return fmt.Sprintf("%d lines of CSV: %v", len(lines), err)
	}
	_, object := get(t, url+"&format=json")
	var same struct{ Data []map[string]any }
	if err := json.Unmarshal([]byte(object), &same); err != nil || len(same.Data) != len(lines)-1 {
		return fmt.Sprintf("%d rows of JSON and %d of CSV: %v", len(same.Data), len(lines)-1, err)
	}
	_, page := get(t, strings.Replace(url, "&fragment=methods", "", 1))
	total := 0
	for i, cells := range lines[1:] {
		if !strings.HasPrefix(strings.Join(cells, ","), only) {
			continue
		}
		row := map[string]string{}
		for j, name := range lines[0] {
			row[name] = cells[j]
		}
		calls, err := strconv.Atoi(row["total_calls"])
		if err != nil {
			return err.Error()
		}
		total += calls
		for _, name := range []string{"total_calls", "success_rate", "p50_ms", "p95_ms", "p99_ms"} {
			if v, ok := same.Data[i][name]; ok && v != nil && fmt.Sprint(v) != row[name] || v == nil && row[name] != "" {
				return fmt.Sprintf("row %d: %s is %v in JSON and %q in CSV", i, name, v, row[name])
			}
		}
		if named != "" && calls > 0 {
			if problem := onPage(page, row[named], row); problem != "" {
				return problem
			}
		}
	}
	if total != want {
		return fmt.Sprintf("%d calls, want %d:\n%s", total, want, file)
	}
	return ""
}

var (
	tableRow = regexp.MustCompile(`(?s)<tr.*?</tr>`)
	htmlTag  = regexp.MustCompile(`<[^>]*>`)
)

// onPage looks for a table's row that has the name and all figures of a line.
func onPage(page, name string, line map[string]string) string {
	var figures []string
	for _, column := range []string{"p50_ms", "p95_ms"} {
		if v, err := strconv.ParseFloat(line[column], 64); err == nil {
			figures = append(figures, " "+views.Milliseconds(v)+" ")
		}
	}
	if v, err := strconv.ParseFloat(line["success_rate"], 64); err == nil {
		figures = append(figures, views.Success(v))
	}
	var near []string
	for _, row := range tableRow.FindAllString(page, -1) {
		said := " " + strings.Join(strings.Fields(html.UnescapeString(htmlTag.ReplaceAllString(row, " "))), " ") + " "
		if !strings.Contains(said, " "+name+" ") {
			continue
		}
		missing := false
		for _, f := range figures {
			missing = missing || !strings.Contains(said, f)
		}
		if !missing {
			return ""
		}
		near = append(near, said)
	}
	return fmt.Sprintf("the page has no row of %s with %q, only %q", name, figures, near)
}
