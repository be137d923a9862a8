package methods

import "strconv"

// BlockKind says how a call names a block.
type BlockKind uint8

// The kinds. NoBlock is for calls that name none, for those that name one
// whose state is not needed (a transaction by hash), and for values that are
// no block at all.
const (
	NoBlock BlockKind = iota
	Tag               // "latest" and the like; what a missing parameter means too
	Number
	Hash
	Range
)

// The tags, as execution-apis defines them.
const (
	earliest  = "earliest"
	latest    = "latest"
	pending   = "pending"
	safe      = "safe"
	finalized = "finalized"
)

// BlockID is one end of a range. Its zero value is a malformed end.
type BlockID struct {
	Kind   BlockKind // NoBlock, Tag, Number or Hash
	Tag    string
	Number uint64
	Back   uint64 // so many blocks before the one named (eth_feeHistory)
}

// Blocks is what the parameters of a call refer to.
type Blocks struct {
	Kind     BlockKind
	Tag      string  // for Tag
	Number   uint64  // for Number
	From, To BlockID // for Range; both ends belong to it
}

// NeedsArchival reports whether an archive node is wanted: a node that keeps
// the state of the last blocks only may be unable to answer. head is the
// chain's height, 0 when unknown; threshold is how many blocks behind it state
// is still common.
//
//   - "earliest" does, the other tags do not.
//   - A number does when it is more than threshold behind head, and always
//     while head is unknown.
//   - A hash does: its age can not be known without asking. Preferring archive
//     nodes for nothing costs little, and the filter that uses this fails open.
//   - A range does when one of its ends does.
//
// Blocks and logs are treated like state, although a pruned node may have them.
func (b Blocks) NeedsArchival(head, threshold uint64) bool {
	if b.Kind == Range {
		return b.From.old(head, threshold) || b.To.old(head, threshold)
	}
	return b.id().old(head, threshold)
}

// Highest returns the highest block that is named by number. "earliest" does
// not count.
func (b Blocks) Highest() (uint64, bool) {
	if b.Kind != Range {
		return b.Number, b.Kind == Number
	}
	switch from, to := b.From.Kind == Number, b.To.Kind == Number; {
	case from && to:
		return max(b.From.number(), b.To.number()), true
	case from:
		return b.From.number(), true
	default:
		return b.To.number(), to
	}
}

// Span returns the number of blocks in a range, both ends included, when both
// can be told. head is the chain's height, 0 when unknown; latest, pending,
// safe and finalized count as head. A single block, by hash too, spans 1. A
// range that ends before it begins has no span.
func (b Blocks) Span(head uint64) (uint64, bool) {
	switch {
	case b.Kind == NoBlock:
		return 0, false
	case b.Kind != Range:
		return 1, true
	}
	if b.From == b.To && b.From.Kind != NoBlock {
		return 1, true
	}
	if b.From.Kind == Tag && b.From.Tag == b.To.Tag && b.From.Back > b.To.Back && b.From.Tag != earliest {
		return add(b.From.Back-b.To.Back, 1), true
	}
	from, ok := b.From.resolve(head)
	to, ok2 := b.To.resolve(head)
	if !ok || !ok2 || to < from {
		return 0, false
	}
	return add(to-from, 1), true
}

// String returns what was named, for people: "0x10d4f", "latest",
// "0x1..0x20", "latest-9..latest", "by hash", or nothing for NoBlock.
func (b Blocks) String() string {
	switch b.Kind {
	case Range:
		return b.From.String() + ".." + b.To.String()
	case NoBlock:
		return ""
	default:
		return b.id().String()
	}
}

// String returns "0x10d4f", "latest", "latest-9", "by hash", or "?" for an end
// that is malformed.
func (id BlockID) String() string {
	switch id.Kind {
	case Tag:
		if id.Back > 0 {
			return id.Tag + "-" + strconv.FormatUint(id.Back, 10)
		}
		return id.Tag
	case Number:
		return "0x" + strconv.FormatUint(id.number(), 16)
	case Hash:
		return "by hash"
	default:
		return "?"
	}
}

// id is the only block of what is no range.
func (b Blocks) id() BlockID { return BlockID{Kind: b.Kind, Tag: b.Tag, Number: b.Number} }

// number is the block that a Number end means.
func (id BlockID) number() uint64 { return id.Number - min(id.Number, id.Back) }

// old reports whether the block is one whose state most nodes dropped.
func (id BlockID) old(head, threshold uint64) bool {
	switch id.Kind {
	case Tag:
		return id.Tag == earliest || id.Back > threshold
	case Number:
		n := id.number()
		return head == 0 || head > n && head-n > threshold
	case Hash:
		return true
	default:
		return false
	}
}

// resolve returns the block's number, where it can be told.
func (id BlockID) resolve(head uint64) (uint64, bool) {
	switch {
	case id.Kind == Number:
		return id.number(), true
	case id.Kind != Tag:
		return 0, false
	case id.Tag == earliest:
		return 0, true
	default:
		return head - min(head, id.Back), head > 0
	}
}

// add returns a+b, or the largest number where that does not fit.
func add(a, b uint64) uint64 {
	if a+b < a {
		return ^uint64(0)
	}
	return a + b
}
