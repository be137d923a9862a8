package proxy

import (
	"errors"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/classify"
	"github.com/lasso-rpc/lasso/proxy/jsonrpc"
)

// reply is what an upstream's HTTP answer says. A good response has neither an
// object nor a refusal; judged is of errors only.
type reply struct {
	response jsonrpc.Response     // when it is neither refused nor unusable
	object   *jsonrpc.ErrorObject // the error in it, if any
	judged   classify.Verdict
	refused  bool   // an HTTP error, or a body that is no response to the call but says something about it
	unusable string // why it can not be used at all, without text of the body
}

// readReply reads the answer to the call with the raw id wantID. What it
// returns aliases resp. Calls of clients and our own probes are read alike.
func readReply(resp *fasthttp.Response, status int, wantID []byte, rules []lasso.ErrorRule, now time.Time) reply {
	body, wait := resp.Body(), resp.Header.Peek("Retry-After")
	if status < 200 || status > 299 {
		judged, object := classify.HTTP(status, wait, body, rules, now)
		return reply{object: object, judged: judged, refused: true}
	}
	invalid := classify.Verdict{Category: lasso.InvalidResponse}
	if e := resp.Header.ContentEncoding(); len(e) > 0 && string(e) != "identity" {
		return reply{judged: invalid, unusable: "answer in an encoding that was not asked for"}
	}
	r, err := jsonrpc.CheckResponse(body, wantID)
	switch {
	case errors.Is(err, jsonrpc.ErrTooDeep): // like an answer over the size limit
		return reply{judged: classify.Verdict{Category: lasso.CapabilityViolation}, unusable: err.Error()}
	case err != nil:
		// Many answer {"id":null,"error":…} or plain words when they limit.
		judged, object := classify.HTTP(status, wait, body, rules, now)
		if believable(judged, object, body, wantID) {
			return reply{object: object, judged: judged, refused: true}
		}
		return reply{judged: invalid, unusable: err.Error()}
	case r.Error == nil:
		return reply{response: r}
	}
	judged := classify.Classify(r.Error, rules)
	if len(wait) > 0 {
		judged, _ = classify.HTTP(status, wait, body, rules, now)
	}
	return reply{response: r, object: r.Error, judged: judged}
}

// believable reports whether a 2xx body that is no response to the call says
// something about it all the same. An error under the id of another call must
// not become the answer to this one.
func believable(judged classify.Verdict, object *jsonrpc.ErrorObject, body, wantID []byte) bool {
	if object == nil {
		return judged.Category != lasso.InvalidResponse
	}
	id := string(jsonrpc.Member(body, "id"))
	return id == "" || id == "null" || id == string(wantID) || judged.Category.Elsewhere()
}
