// Package jsonrpc reads and writes JSON-RPC 2.0 envelopes
// (https://www.jsonrpc.org/specification) without building a tree: one strict
// pass over the bytes finds the members of an envelope, and everything else is
// passed on as it came.
//
// What is accepted is RFC 8259 JSON with three more demands: the whole text is
// valid UTF-8, there is no byte order mark, and brackets nest at most 512 deep.
// An escape of a lone surrogate, such as \ud800, is legal; decoded, it is
// U+FFFD. Member names are compared decoded and with case.
//
// Slices in results alias the bytes that were read unless stated otherwise, so
// they live as long as the caller leaves these alone. Their capacity ends with
// their content; appending to one copies it. Nothing here keeps state: all
// functions may be called at once.
package jsonrpc
