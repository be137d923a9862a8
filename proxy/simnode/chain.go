package simnode

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// maxSent is how many sent transactions a chain remembers.
const maxSent = 4096

// Chain is a simulated chain. All methods may be called at once.
type Chain struct {
	id        uint64
	blockTime time.Duration
	start     uint64
	now       func() time.Time
	genesis   time.Time // when block start was made

	advanced atomic.Uint64
	forks    atomic.Pointer[[]fork] // ascending by from; never changed in place

	mu       sync.Mutex // guards what follows, and the replacing of forks
	forkID   uint64
	sent     map[Hash]struct{}
	sentRing []Hash
	sentNext int
	txHash   func([]byte) [32]byte
}

// fork says that blocks from a height on belong to another branch.
type fork struct{ from, id uint64 }

// NewChain makes a chain whose head is block start now and grows by one block
// each blockTime. With blockTime 0 it does not grow by itself; see
// [Chain.Advance]. A nil clock means time.Now. Blocks before start exist too.
func NewChain(id uint64, blockTime time.Duration, start uint64, now func() time.Time) *Chain {
	if now == nil {
		now = time.Now
	}
	c := &Chain{
		id: id, blockTime: max(blockTime, 0), start: start, now: now, genesis: now(),
		sent: map[Hash]struct{}{}, txHash: sha256.Sum256,
	}
	c.forks.Store(&[]fork{})
	return c
}

// ID returns the EIP-155 number.
func (c *Chain) ID() uint64 { return c.id }

// BlockTime returns the time between two blocks; 0 for a chain that moves only
// by Advance.
func (c *Chain) BlockTime() time.Duration { return c.blockTime }

// Head returns the number of the newest block at this moment.
func (c *Chain) Head() uint64 {
	head := c.start + c.advanced.Load()
	if c.blockTime > 0 {
		if d := c.now().Sub(c.genesis); d > 0 {
			head += uint64(d / c.blockTime) //nolint:gosec // positive
		}
	}
	return head
}

// Advance adds blocks at once, on top of those that the clock adds. The
// timestamps of a chain with a block time then run ahead of the clock.
func (c *Chain) Advance(blocks uint64) { c.advanced.Add(blocks) }

// Reorg replaces the last depth blocks by others of the same height, at once
// and for all nodes. Hashes, transactions and receipts of the replaced blocks
// are no longer found.
func (c *Chain) Reorg(depth uint64) {
	if depth == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	from := uint64(0)
	if head := c.Head(); head >= depth {
		from = head - depth + 1
	}
	c.forkID++
	old := *c.forks.Load()
	keep := sort.Search(len(old), func(i int) bool { return old[i].from >= from })
	next := make([]fork, keep, keep+1)
	copy(next, old)
	next = append(next, fork{from: from, id: c.forkID})
	c.forks.Store(&next)
}

// BlockHash returns the hash of a block on the current branch, whether it has
// been made yet or not.
func (c *Chain) BlockHash(number uint64) Hash { return c.seal(kindBlock, number, 0) }

// HashTransactions replaces the function that gives sent transactions their
// hash. The default is SHA-256 of the raw bytes, because the standard library
// has no legacy Keccak; a test that compares hashes with real ones puts that
// in here, before the chain is used.
func (c *Chain) HashTransactions(fn func(raw []byte) [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.txHash = fn
}

// send remembers a raw transaction. Known is true when any node of the chain
// has been sent it before.
func (c *Chain) send(raw []byte) (h Hash, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h = c.txHash(raw)
	if _, known = c.sent[h]; known {
		return h, true
	}
	if len(c.sentRing) < maxSent {
		c.sentRing = append(c.sentRing, h)
	} else {
		delete(c.sent, c.sentRing[c.sentNext])
		c.sentRing[c.sentNext] = h
		c.sentNext = (c.sentNext + 1) % maxSent
	}
	c.sent[h] = struct{}{}
	return h, false
}

func (c *Chain) wasSent(h Hash) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.sent[h]
	return ok
}

// branch returns the id of the fork that a block belongs to.
func (c *Chain) branch(number uint64) uint64 {
	forks := *c.forks.Load()
	i := sort.Search(len(forks), func(i int) bool { return forks[i].from > number })
	if i == 0 {
		return 0
	}
	return forks[i-1].id
}

// timestamp returns the Unix time of a block in seconds.
func (c *Chain) timestamp(number uint64) uint64 {
	step := c.blockTime.Milliseconds()
	if step == 0 {
		step = 1000
	}
	ms := c.genesis.UnixMilli() + int64(number-c.start)*step //nolint:gosec // wraps to negative below start, as meant
	return uint64(max(ms, 0)) / 1000
}

// Kinds of derived values, so that no two of them are equal.
const (
	kindBlock byte = iota + 1
	kindTransaction
	kindRoot
	kindAccount
	kindToken
	kindContent
	kindState
)

// derive computes a value from the chain, the branch of a block, its number
// and an index.
func (c *Chain) derive(kind byte, number uint64, index uint16) Hash {
	var in [27]byte
	in[0] = kind
	binary.BigEndian.PutUint64(in[1:], c.id)
	binary.BigEndian.PutUint64(in[9:], c.branch(number))
	binary.BigEndian.PutUint64(in[17:], number)
	binary.BigEndian.PutUint16(in[25:], index)
	return sha256.Sum256(in[:])
}

// deriveFrom computes a value from the chain and some bytes.
func (c *Chain) deriveFrom(kind byte, data ...[]byte) Hash {
	h := sha256.New()
	var in [9]byte
	in[0] = kind
	binary.BigEndian.PutUint64(in[1:], c.id)
	_, _ = h.Write(in[:])
	for _, d := range data {
		_, _ = h.Write(d)
	}
	return Hash(h.Sum(nil))
}

// seal derives a hash that carries number and index in its last ten bytes,
// masked by its first ten, so that locate finds what it names without a store.
func (c *Chain) seal(kind byte, number uint64, index uint16) Hash {
	h := c.derive(kind, number, index)
	binary.BigEndian.PutUint64(h[22:], number^binary.BigEndian.Uint64(h[0:]))
	binary.BigEndian.PutUint16(h[30:], index^binary.BigEndian.Uint16(h[8:]))
	return h
}

// locate finds the block, and the index in it, that a sealed hash names on the
// current branch, up to head.
func (c *Chain) locate(kind byte, h Hash, head uint64) (number uint64, index uint16, ok bool) {
	number = binary.BigEndian.Uint64(h[22:]) ^ binary.BigEndian.Uint64(h[0:])
	index = binary.BigEndian.Uint16(h[30:]) ^ binary.BigEndian.Uint16(h[8:])
	if number > head || c.seal(kind, number, index) != h {
		return 0, 0, false
	}
	return number, index, true
}
