package simnode

import (
	"cmp"
	"encoding/json"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"
)

const (
	page502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
	page200 = "<!doctype html><html><head><title>Sorry</title></head><body>This site is under maintenance.</body></html>"
)

// ServeHTTP implements http.Handler. To close a connection without a complete
// answer it panics with [http.ErrAbortHandler], as net/http wants it.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := n.served.Add(1)
	b := n.behaviour.Load()
	if b.Down {
		panic(http.ErrAbortHandler)
	}
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	calls, batch, bad := parse(body)
	n.journal.add(Request{N: request, At: n.chain.now(), Path: r.URL.Path, Header: r.Header, Body: body}, calls)
	e := exchange{
		w: w, r: r, calls: calls, batch: batch, bad: bad,
		view: view{Chain: n.chain, node: n, b: b, head: b.head(n.chain)},
	}
	if s := n.script.Load(); s != nil && e.scripted(*s, request) {
		return
	}
	e.behave(request)
}

// readBody answers by itself where the request is not one for JSON-RPC.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return nil, false
	}
	if mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mt != "application/json" {
		http.Error(w, "invalid content type, only application/json is supported", http.StatusUnsupportedMediaType)
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "content length too large or body incomplete", http.StatusRequestEntityTooLarge)
		return nil, false
	}
	return body, true
}

// exchange is one HTTP request with its answer in the making.
type exchange struct {
	view
	w     http.ResponseWriter
	r     *http.Request
	calls []call
	batch bool
	bad   *Error // of the whole body
}

// scripted answers when the script has something to say about any call.
func (e *exchange) scripted(s Script, request uint64) bool {
	answers := make([]*Answer, len(e.calls))
	var whole Answer
	found := false
	for i := range e.calls {
		a := s(request, e.calls[i].Method, e.calls[i].Params)
		if a == nil {
			continue
		}
		answers[i], found = a, true
		whole.Delay = max(whole.Delay, a.Delay)
		whole.Status = cmp.Or(whole.Status, a.Status)
		whole.Drop = whole.Drop || a.Drop
		if whole.Header == nil {
			whole.Header = a.Header
		}
		if whole.Body == nil {
			whole.Body = a.Body
		}
	}
	if !found {
		return false
	}
	if !wait(e.r.Context(), whole.Delay) || whole.Drop {
		panic(http.ErrAbortHandler)
	}
	for k, v := range whole.Header {
		e.w.Header()[http.CanonicalHeaderKey(k)] = v
	}
	if whole.Body == nil {
		whole.Body = e.compose(WellFormed, func(i int) (json.RawMessage, *Error) {
			if a := answers[i]; a != nil && (a.Error != nil || a.RawResult != nil) {
				return a.RawResult, a.Error
			}
			return e.answer(&e.calls[i])
		})
	}
	e.send(cmp.Or(whole.Status, http.StatusOK), whole.Body)
	return true
}

func (e *exchange) behave(request uint64) {
	n, b := e.node, e.b
	switch {
	case b.Hang:
		<-e.r.Context().Done()
		panic(http.ErrAbortHandler)
	case b.Unauthorized:
		e.send(http.StatusUnauthorized, e.refusal(Error{Code: -32000, Message: "unauthorized: invalid api key"}))
		return
	case !n.limiter.allow(b.RateLimit, len(e.calls)):
		e.limited()
		return
	}
	if !wait(e.r.Context(), n.latency(b, request, e.calls)) {
		panic(http.ErrAbortHandler)
	}
	if b.ErrorRate > 0 && n.draw(request, drawError) < b.ErrorRate {
		e.fail(b.Error)
		return
	}
	switch b.Malformed {
	case NotJSON:
		e.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		e.send(http.StatusOK, []byte(page200))
	case EmptyBody:
		e.send(http.StatusOK, nil)
	case Truncated:
		body := e.compose(WellFormed, e.member)
		e.send(http.StatusOK, body[:len(body)/2])
	case CutOff:
		e.cutOff(e.compose(WellFormed, e.member))
	default:
		e.send(http.StatusOK, e.compose(b.Malformed, e.member))
	}
}

func (e *exchange) member(i int) (json.RawMessage, *Error) { return e.answer(&e.calls[i]) }

// compose writes the answer to the whole body. Notifications get none.
func (e *exchange) compose(m Malformed, result func(i int) (json.RawMessage, *Error)) []byte {
	if e.bad != nil {
		return encodeMessage(nil, nil, e.bad, m)
	}
	if !e.batch {
		raw, bad := result(0)
		if e.calls[0].notification() {
			return nil
		}
		return encodeMessage(e.calls[0].ID, raw, bad, m)
	}
	var messages [][]byte
	for i := range e.calls {
		raw, bad := result(i)
		if !e.calls[i].notification() {
			messages = append(messages, encodeMessage(e.calls[i].ID, raw, bad, m))
		}
	}
	if len(messages) == 0 {
		return nil
	}
	if m == ShortBatch {
		messages = messages[:len(messages)-1]
	}
	body := []byte{'['}
	for i, msg := range messages {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, msg...)
	}
	return append(body, ']')
}

// refusal is the same error for each call, in the shape of a normal answer.
func (e *exchange) refusal(bad Error) []byte {
	return e.compose(WellFormed, func(int) (json.RawMessage, *Error) { return nil, &bad })
}

func (e *exchange) limited() {
	limit := e.b.RateLimit
	e.retryAfter(limit.RetryAfter)
	status := http.StatusTooManyRequests
	if limit.JSONRPC {
		status = http.StatusOK
	}
	e.send(status, e.refusal(Error{Code: -32005, Message: "rate limit exceeded"}))
}

func (e *exchange) fail(f Fault) {
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	e.retryAfter(f.RetryAfter)
	switch {
	case f.Code != 0:
		e.send(cmp.Or(f.Status, http.StatusOK), e.refusal(Error{Code: f.Code, Message: f.Message, Data: f.Data}))
	case f.Body != "":
		e.send(cmp.Or(f.Status, http.StatusBadGateway), []byte(f.Body))
	default:
		e.w.Header().Set("Content-Type", "text/html")
		e.send(cmp.Or(f.Status, http.StatusBadGateway), []byte(page502))
	}
}

func (e *exchange) retryAfter(d time.Duration) {
	if d > 0 {
		e.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(d.Seconds()))))
	}
}

func (e *exchange) send(status int, body []byte) {
	h := e.w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.w.WriteHeader(status)
	_, _ = e.w.Write(body) // the caller may have left
}

func (e *exchange) cutOff(body []byte) {
	e.w.Header().Set("Content-Type", "application/json")
	e.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = e.w.Write(body[:len(body)/2])
	_ = http.NewResponseController(e.w).Flush() // a recorder that can not flush has it already
	panic(http.ErrAbortHandler)
}
