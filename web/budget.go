package web

import "sync/atomic"

// minCharge is what a body costs at least, in bytes.
const minCharge = 4096

// budget limits the bytes of all RPC bodies that are being served. It is safe
// for concurrent use.
type budget struct {
	limit int64
	used  atomic.Int64
	calls atomic.Int64
}

// take charges n bytes, at least minCharge. It returns what was charged, and
// false when that would go over the limit.
func (b *budget) take(n int) (charged int64, ok bool) {
	charged = max(int64(n), minCharge)
	if b.used.Add(charged) > b.limit {
		b.used.Add(-charged)
		return 0, false
	}
	b.calls.Add(1)
	return charged, true
}

// settle gives back what was charged above the n bytes that arrived, and
// returns what stays charged.
func (b *budget) settle(charged int64, n int) int64 {
	due := min(charged, max(int64(n), minCharge))
	b.used.Add(due - charged)
	return due
}

// release ends a call.
func (b *budget) release(charged int64) {
	b.used.Add(-charged)
	b.calls.Add(-1)
}
