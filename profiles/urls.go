package profiles

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lasso-rpc/lasso"
)

// askTimeout is how long one URL may take to tell its chain id.
const askTimeout = 5 * time.Second

// knownChain is what we know of a chain that was given by URL only.
type knownChain struct {
	key, name         string
	blockTime         int // milliseconds
	maxLag            int // blocks
	archivalThreshold int // blocks
}

var knownChains = map[lasso.ChainID]knownChain{ //nolint:gochecknoglobals // a table, never written
	1:        {"ethereum", "Ethereum", 12_000, 2, 128},
	10:       {"optimism", "Optimism", 2_000, 5, 750},
	56:       {"bsc", "BNB Smart Chain", 750, 10, 128},
	100:      {"gnosis", "Gnosis", 5_000, 3, 128},
	130:      {"unichain", "Unichain", 1_000, 10, 750},
	137:      {"polygon", "Polygon", 2_000, 10, 128},
	324:      {"zksync", "ZKsync Era", 1_000, 15, 750},
	5000:     {"mantle", "Mantle", 2_000, 5, 750},
	8453:     {"base", "Base", 2_000, 5, 750},
	42161:    {"arbitrum", "Arbitrum One", 250, 20, 6_000},
	42220:    {"celo", "Celo", 1_000, 10, 128},
	43114:    {"avalanche", "Avalanche", 2_000, 5, 128},
	59144:    {"linea", "Linea", 2_000, 5, 750},
	81457:    {"blast", "Blast", 2_000, 5, 750},
	84532:    {"base-sepolia", "Base Sepolia", 2_000, 5, 750},
	421614:   {"arbitrum-sepolia", "Arbitrum Sepolia", 250, 20, 6_000},
	534352:   {"scroll", "Scroll", 3_000, 5, 750},
	560048:   {"hoodi", "Hoodi", 12_000, 3, 128},
	11155111: {"sepolia", "Sepolia", 12_000, 3, 128},
	11155420: {"optimism-sepolia", "Optimism Sepolia", 2_000, 5, 750},
}

// FromURLs makes the profile "public" of HTTP endpoints, with no file at all.
// It asks all of them for their chain id at once, gives each five seconds,
// follows no redirects, and groups them by chain. client may be nil; its
// transport is used. The error names every URL that is wrong or did not
// answer, by position and host, never by path or query.
func FromURLs(ctx context.Context, urls []string, client *http.Client) (*lasso.Catalog, error) {
	if len(urls) == 0 {
		return nil, errors.New("no URL was given")
	}
	asker := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if client != nil {
		asker.Transport = client.Transport
	}
	var (
		ids  = make([]lasso.ChainID, len(urls))
		errs = make([]error, len(urls))
		ends = make([]endpoint, len(urls))
		seen = map[string]int{}
		wg   sync.WaitGroup
	)
	for i, raw := range urls {
		e, why := argument(raw)
		if why == "" {
			if first, ok := seen[e.norm+" "+e.auth]; ok {
				why = fmt.Sprintf("is the same as URL %d", first+1)
			}
		}
		if why != "" {
			errs[i] = fmt.Errorf("%s %s", label(i, e.host), why)
			continue
		}
		seen[e.norm+" "+e.auth] = i
		ends[i] = e
		wg.Go(func() {
			id, err := askChainID(ctx, asker, e)
			ids[i] = id
			if err != nil {
				errs[i] = fmt.Errorf("%s %w", label(i, e.host), err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	data, err := compose(urls, ends, ids)
	if err != nil {
		return nil, err
	}
	catalog, err := Load([]Source{{Name: string(lasso.DefaultProfile) + ".yml", Data: data}}, nil, time.Now())
	if err != nil {
		return nil, fmt.Errorf("profile of the given URLs: %w", err)
	}
	for _, p := range catalog.Profiles {
		p.Source = "command line"
	}
	return catalog, nil
}

// label names a URL without its path, query or user.
func label(i int, host string) string {
	if host == "" {
		return fmt.Sprintf("URL %d", i+1)
	}
	return fmt.Sprintf("URL %d (%s)", i+1, host)
}

// argument checks a URL of the command line.
func argument(raw string) (endpoint, string) {
	if e, why := parseEndpoint(raw, "ws", "wss"); why == "" {
		return endpoint{host: e.host}, "is a WebSocket address; give the http or https URL here, and write a profile file to add ws_url"
	}
	return parseEndpoint(raw, "http", "https")
}

// askChainID asks an endpoint for its chain id. Its errors hold no text of the
// upstream and no URL: both may repeat a key.
func askChainID(ctx context.Context, client *http.Client, e endpoint) (id lasso.ChainID, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	body := []byte(`{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("is not a valid URL")
	}
	req.Header.Set("Content-Type", "application/json")
	if e.auth != "" {
		req.Header.Set("Authorization", e.auth)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, transportError(err)
	}
	defer func() {
		if cerr := res.Body.Close(); err == nil && cerr != nil {
			err = transportError(cerr)
		}
	}()
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("answered HTTP %d to eth_chainId", res.StatusCode)
	}
	const maxAnswer = 64 << 10
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, transportError(err)
	}
	return chainIDOf(answer)
}

// chainIDOf reads the answer to eth_chainId.
func chainIDOf(answer []byte) (lasso.ChainID, error) {
	var msg struct {
		Result string `json:"result"`
		Error  *struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer, &msg); err != nil {
		return 0, errors.New("did not answer JSON-RPC to eth_chainId")
	}
	if msg.Error != nil {
		return 0, fmt.Errorf("refused eth_chainId with the JSON-RPC error %d", msg.Error.Code)
	}
	digits, ok := strings.CutPrefix(msg.Result, "0x")
	id, err := strconv.ParseUint(digits, 16, 64)
	if !ok || err != nil || id == 0 || id > maxChainID {
		return 0, errors.New("did not answer a chain id to eth_chainId")
	}
	return lasso.ChainID(id), nil
}

// transportError says why a request had no answer, without its URL.
func transportError(err error) error {
	var (
		dns  *net.DNSError
		op   *net.OpError
		cert *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("did not answer within %s", askTimeout)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("was not asked: %w", context.Canceled)
	case errors.As(err, &dns):
		return errors.New("has a host name that does not resolve")
	case errors.As(err, &cert):
		return fmt.Errorf("has a certificate that is not trusted: %w", cert.Err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("speaks http, not https")
	case errors.As(err, &op):
		return fmt.Errorf("can not be reached: %w", op.Err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("closed the connection without an answer")
	}
	return errors.New("did not answer as an HTTP server") // other texts quote the URL or the answer
}

// compose writes the profile of the URLs as YAML, so that [Load] gives it the
// same checks and defaults as a file.
func compose(urls []string, ends []endpoint, ids []lasso.ChainID) ([]byte, error) {
	type provider struct {
		ID   string `yaml:"id"`
		Name string `yaml:"name"`
		URL  string `yaml:"url"`
	}
	type chain struct {
		ID        lasso.ChainID  `yaml:"chain_id"`
		Name      string         `yaml:"name"`
		BlockTime int            `yaml:"block_time_ms,omitempty"`
		Selection map[string]int `yaml:"selection,omitempty"`
		Providers []provider     `yaml:"providers"`
	}
	chains := map[string]*chain{}
	used := map[string]bool{}
	for i, raw := range urls {
		known, ok := knownChains[ids[i]]
		if !ok {
			known = knownChain{key: "chain-" + ids[i].String(), name: "Chain " + ids[i].String()}
		}
		c := chains[known.key]
		if c == nil {
			c = &chain{ID: ids[i], Name: known.name, BlockTime: known.blockTime}
			if ok {
				c.Selection = map[string]int{"max_lag_blocks": known.maxLag, "archival_threshold": known.archivalThreshold}
			}
			chains[known.key] = c
		}
		name := hostPort(ends[i])
		id, number := unique(used, plain(name, 48))
		if number > 1 {
			name += fmt.Sprintf(" (%d)", number)
		}
		c.Providers = append(c.Providers, provider{ID: id, Name: name, URL: strings.ReplaceAll(raw, "${", "$${")})
	}
	data, err := yaml.Marshal(map[string]any{"name": "Public", "chains": chains})
	if err != nil {
		return nil, fmt.Errorf("profile of the given URLs: %w", err)
	}
	return data, nil
}

// hostPort returns the host of an endpoint, with the port where one is given.
func hostPort(e endpoint) string {
	u, err := url.Parse(e.url)
	if err != nil {
		return e.host
	}
	const most = 90 // of the 100 that a name may have; a number may follow
	if len(u.Host) > most {
		return u.Host[:most]
	}
	return strings.ToLower(u.Host)
}

// unique returns id, with a number where it is taken, and takes it. The number
// is 1 where it was free.
func unique(used map[string]bool, id string) (free string, number int) {
	free, number = id, 1
	for used[free] {
		number++
		free = id + "-" + strconv.Itoa(number)
	}
	used[free] = true
	return free, number
}
