// Package proxy is the request path: it takes the bytes of a JSON-RPC body that
// the edge has already sized and addressed, chooses providers, tries them under
// one deadline, and hands back the bytes of the answer.
//
// # The life of a call
//
// scan the envelope (proxy/jsonrpc) → describe the method (proxy/methods) →
// load the plan (one atomic load) → candidates, each exclusion with a reason →
// strategy order → health tiers → attempts → the upstream's bytes, checked,
// with the caller's id spliced in → record.
//
// # What is repeated
//
//	the attempt ended…                  same call elsewhere?         counts against
//	before anything was sent            yes, without cost            the provider (refused) or nobody (no capacity)
//	connection closed before a byte     same provider once, fresh    nobody
//	fault: 5xx, reset, garbage, timeout if the method is repeatable  the provider
//	5xx with a Retry-After              if the method is repeatable  limit state, never the breaker
//	rate limited                        yes, it was refused          limit state, never the breaker
//	answer too large or nested too deep if the method is repeatable  nobody
//	cannot answer this (archive, range) yes, it was refused          nobody
//	application error (revert, params)  no: any provider says so     nobody
//
// # State
//
// What belongs to the physical upstream (breaker, limit, height, connections)
// lives in an instance, shared by every profile that names it. What belongs to
// a route (evidence) lives beside the plan. Both survive a reload as long as
// the endpoint and credentials stay the same. What an operator decides ends with
// the process: a forced breaker is the instance's, a drain the provider's. The
// plan itself is immutable behind an atomic pointer; nothing on the path takes a
// process-wide lock.
package proxy
