package dashboard

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/lasso-rpc/lasso/views"
)

// chosen carries the choices of the endpoint panel along in all links.
func (m ChainPage) chosen() ChainPage {
	b := m.Builder
	snippet := b.Snippet
	if snippet == snippetCurl {
		snippet = ""
	}
	m.keep = []param{{"strategy", b.Strategy}, {"pin", b.Pin}, {"snippet", snippet}}
	return m
}

// endpoint is the one that is shown: of the chosen strategy, else the default.
func (m ChainPage) endpoint() Endpoint {
	for _, e := range m.Endpoints {
		if e.Strategy == m.Builder.Strategy || m.Builder.Strategy == "" && e.Current {
			return e
		}
	}
	return Endpoint{}
}

func (m ChainPage) pin() (Pin, bool) {
	for _, p := range m.Builder.Pins {
		if p.ID == m.Builder.Pin && p.ID != "" {
			return p, true
		}
	}
	return Pin{}, false
}

func (p Pin) label() string { return cmp.Or(p.Name, p.ID) }

// url is where the chosen calls go, and note what that means.
func (m ChainPage) url() (url, note string) {
	if p, ok := m.pin(); ok {
		return p.URL, "Every call goes to " + p.label() + " and to no other. When it fails, the call fails."
	}
	e := m.endpoint()
	return e.URL, e.Note
}

// strategyChoice is the value of ?strategy= for an endpoint: none for the
// default.
func strategyChoice(e Endpoint) string {
	if e.Current {
		return ""
	}
	return e.Strategy
}

// The snippets, by the value of ?snippet=.
const (
	snippetCurl   = "curl"
	snippetViem   = "viem"
	snippetEthers = "ethers"
	snippetGo     = "go"
)

// Snippets are the values of ?snippet=, the default first.
func Snippets() []string { return []string{snippetCurl, snippetViem, snippetEthers, snippetGo} }

func snippetLabel(key string) string {
	if key == snippetGo {
		return "Go"
	}
	return key
}

func (m ChainPage) snippet() string {
	if m.Builder.Snippet == "" {
		return snippetCurl
	}
	return m.Builder.Snippet
}

// code is a first call in the chosen language. A URL can hold anything that a
// client said its host was: it is quoted in the way of the language.
func (m ChainPage) code(url string) string {
	quoted := strconv.Quote(url)
	switch m.snippet() {
	case snippetViem:
		return `import { createPublicClient, http } from "viem";

const client = createPublicClient({
  transport: http(` + quoted + `),
});
console.log(await client.getBlockNumber());
`
	case snippetEthers:
		return `import { JsonRpcProvider } from "ethers";

const provider = new JsonRpcProvider(
  ` + quoted + `, ` + strconv.FormatUint(m.Chain.Ref.ID, 10) + `,
);
console.log(await provider.getBlockNumber());
`
	case snippetGo:
		return `client, err := ethclient.DialContext(ctx,
	` + quoted + `)
if err != nil {
	return err
}
defer client.Close()
number, err := client.BlockNumber(ctx)
`
	}
	return `curl ` + shellQuoted(url) + ` -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}'
`
}

// shellQuoted is a text that a shell takes as it is.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func (p Served) label() string { return cmp.Or(p.Name, p.ID) }

// sumWords add up how calls become attempts: one for each that went to a
// provider, and one for each retry.
func (d Distribution) sumWords() string {
	words := tally(d.Calls, "call", "calls")
	if d.Local > 0 {
		words += " − " + views.Number(d.Local) + " answered without a provider"
	}
	words += " + " + tally(d.Failovers, "retry", "retries")
	attempts := tally(d.Attempts, "attempt", "attempts")
	if d.Calls-min(d.Local, d.Calls)+d.Failovers == d.Attempts {
		return words + " = " + attempts
	}
	// Some calls were sent to nobody, or still run while their attempts are
	// counted, or not all nodes have told of both: which is not known.
	return words + ", " + attempts + " counted"
}

// tally writes a count with its noun.
func tally(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return views.Number(n) + " " + many
}

// failedCallWords say how many of the calls failed.
func (d Distribution) failedCallWords() string {
	if d.Failed == 0 {
		return "No call failed."
	}
	return views.Number(d.Failed) + " of " + tally(d.Calls, "call", "calls") + " failed."
}

// strategyWords say which strategies decided lately.
func (d Distribution) strategyWords() string {
	parts := make([]string, 0, len(d.Strategies))
	for _, s := range d.Strategies {
		parts = append(parts, fmt.Sprintf("%s %s", lower(spelled(s.Strategy)), share(float64(s.Calls)/float64(max(d.Recent, 1)))))
	}
	return "The last " + views.Count(d.Recent, "decision", "decisions") + ": " + strings.Join(parts, ", ") + "."
}

// failoverWords say how many of a provider's attempts followed a failure.
func (p Served) failoverWords() string {
	if p.Failovers == 0 {
		return ""
	}
	return views.Number(p.Failovers) + " by failover"
}
