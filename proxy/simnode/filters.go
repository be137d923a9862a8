package simnode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

const (
	maxFilters   = 1000   // of a node; the oldest makes room
	maxLogs      = 10_000 // in one answer
	defaultRange = 100_000
)

// criteria is the parameter of eth_getLogs and eth_newFilter.
type criteria struct {
	FromBlock json.RawMessage   `json:"fromBlock"`
	ToBlock   json.RawMessage   `json:"toBlock"`
	BlockHash json.RawMessage   `json:"blockHash"`
	Address   json.RawMessage   `json:"address"`
	Topics    []json.RawMessage `json:"topics"`

	addresses []address
	topics    [][]Hash
}

func readCriteria(a args) (*criteria, *Error) {
	c := &criteria{}
	raw := a.at(0)
	if raw == nil {
		return nil, &Error{Code: -32602, Message: "missing value for required argument 0"}
	}
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, invalidArg(0, err)
	}
	if c.BlockHash != nil && (c.FromBlock != nil || c.ToBlock != nil) {
		return nil, invalidArg(0, "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
	}
	for _, one := range oneOrMany(c.Address) {
		addr, bad := args{one}.address(0)
		if bad != nil {
			return nil, bad
		}
		c.addresses = append(c.addresses, addr)
	}
	for _, position := range c.Topics {
		var anyOf []Hash
		for _, one := range oneOrMany(position) {
			h, bad := args{one}.hash(0)
			if bad != nil {
				return nil, bad
			}
			anyOf = append(anyOf, h)
		}
		c.topics = append(c.topics, anyOf)
	}
	return c, nil
}

// oneOrMany reads a value or a list of them; null and absent are none.
func oneOrMany(raw json.RawMessage) []json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var many []json.RawMessage
	if raw[0] == '[' && json.Unmarshal(raw, &many) == nil {
		return many
	}
	return []json.RawMessage{raw}
}

func (c *criteria) match(e *event) bool {
	if len(c.addresses) > 0 && !slices.Contains(c.addresses, e.Address) {
		return false
	}
	if len(c.topics) > len(e.Topics) {
		return false
	}
	for i, anyOf := range c.topics {
		if len(anyOf) > 0 && !slices.Contains(anyOf, e.Topics[i]) {
			return false
		}
	}
	return true
}

// span returns the first and last block, inclusive, which may be in the wrong
// order or not exist yet.
func (v *view) span(c *criteria) (from, to uint64, bad *Error) {
	if c.BlockHash != nil {
		h, bad := args{c.BlockHash}.hash(0)
		if bad != nil {
			return 0, 0, bad
		}
		n, _, ok := v.locate(kindBlock, h, v.head)
		if !ok {
			return 0, 0, &Error{Code: -32000, Message: "unknown block"}
		}
		return n, n, nil
	}
	if from, bad = v.number(args{c.FromBlock}, 0); bad != nil {
		return 0, 0, bad
	}
	to, bad = v.number(args{c.ToBlock}, 0)
	return from, to, bad
}

func getLogs(v *view, a args) (any, *Error) {
	c, bad := readCriteria(a)
	if bad != nil {
		return nil, bad
	}
	return v.query(c)
}

func (v *view) query(c *criteria) (any, *Error) {
	from, to, bad := v.span(c)
	if bad != nil {
		return nil, bad
	}
	if from > to {
		return nil, &Error{Code: -32000, Message: "invalid block range params"}
	}
	limit := v.b.MaxBlockRange
	if limit == 0 {
		limit = defaultRange
	}
	if to-from >= limit {
		return nil, &Error{Code: -32000, Message: fmt.Sprintf("exceeds maximum block range: %d", limit)}
	}
	return v.collect(c, from, to)
}

// collect gathers logs of blocks that this node has.
func (v *view) collect(c *criteria, from, to uint64) (any, *Error) {
	found := []event{}
	for n := from; n <= min(to, v.head); n++ {
		for i := range v.txCount(n) {
			if v.failed(n, i) {
				continue
			}
			e := v.event(n, i)
			if !c.match(&e) {
				continue
			}
			if len(found) == maxLogs {
				return nil, &Error{Code: -32005, Message: fmt.Sprintf("query returned more than %d results", maxLogs)}
			}
			found = append(found, e)
		}
	}
	return found, nil
}

// filter is one installed filter. Criteria is nil for filters of blocks and of
// pending transactions.
type filter struct {
	criteria *criteria
	pending  bool
	seen     uint64 // last block reported
}

// filters belong to one node and die with it. The zero value is ready.
type filters struct {
	mu    sync.Mutex
	next  uint64
	byID  map[string]*filter
	order []string // the oldest first
}

func (f *filters) add(one *filter, seed uint64) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byID == nil {
		f.byID = map[string]*filter{}
	}
	if len(f.order) == maxFilters {
		delete(f.byID, f.order[0])
		f.order = f.order[1:]
	}
	f.next++
	id := fmt.Sprintf("0x%x%08x", seed|1<<63, f.next)
	f.byID[id] = one
	f.order = append(f.order, id)
	return id
}

func (f *filters) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byID, f.order = nil, nil
}

func (f *filters) remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.byID[id]; !ok {
		return false
	}
	delete(f.byID, id)
	f.order = slices.DeleteFunc(f.order, func(x string) bool { return x == id })
	return true
}

// take returns a filter and the last block reported before, and moves that to
// head.
func (f *filters) take(id string, head uint64) (one filter, seen uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.byID[id]
	if !ok {
		return filter{}, 0, false
	}
	seen = p.seen
	p.seen = max(p.seen, head)
	return *p, seen, true
}

func newLogFilter(v *view, a args) (any, *Error) {
	c, bad := readCriteria(a)
	if bad != nil {
		return nil, bad
	}
	return v.node.filters.add(&filter{criteria: c, seen: v.head}, v.node.seed), nil
}

func newBlockFilter(v *view, _ args) (any, *Error) {
	return v.node.filters.add(&filter{seen: v.head}, v.node.seed), nil
}

func newPendingFilter(v *view, _ args) (any, *Error) {
	return v.node.filters.add(&filter{pending: true}, v.node.seed), nil
}

var errFilter = Error{Code: -32000, Message: "filter not found"} //nolint:gochecknoglobals // a constant, never written

func filterChanges(v *view, a args) (any, *Error) {
	id, bad := a.text(0)
	if bad != nil {
		return nil, bad
	}
	f, seen, ok := v.node.filters.take(id, v.head)
	switch {
	case !ok:
		return nil, &errFilter
	case f.pending || seen >= v.head:
		return []Hash{}, nil
	}
	from := max(seen+1, v.head-min(v.head, defaultRange))
	if f.criteria != nil {
		return v.collect(f.criteria, from, v.head)
	}
	hashes := make([]Hash, 0, v.head-from+1)
	for n := from; n <= v.head; n++ {
		hashes = append(hashes, v.BlockHash(n))
	}
	return hashes, nil
}

func filterLogs(v *view, a args) (any, *Error) {
	id, bad := a.text(0)
	if bad != nil {
		return nil, bad
	}
	f, _, ok := v.node.filters.take(id, 0)
	if !ok || f.criteria == nil {
		return nil, &errFilter
	}
	return v.query(f.criteria)
}

func uninstallFilter(v *view, a args) (any, *Error) {
	id, bad := a.text(0)
	if bad != nil {
		return nil, bad
	}
	return v.node.filters.remove(id), nil
}
