package store

import (
	"slices"
	"sort"

	"github.com/lasso-rpc/lasso"
)

// lane is items in the order of their numbers, the oldest first, as they were
// at one time. It does not change.
type lane interface {
	len() int
	seq(i int) uint64
	item(i int) lasso.FeedItem
}

// run is what of a lane has not been walked yet: up to and without end.
type run struct {
	lane
	begin, end int
	newest     uint64 // the number of the last item before end
}

// walk shows the items of all lanes that match and have a number up to last, the
// newest first, until visit returns false. It looks at no more items than it
// has to.
func walk(lanes []lane, q *lasso.FeedQuery, last uint64, visit func(it lasso.FeedItem) bool) {
	runs := runsOf(lanes, q.After, last)
	for i := len(runs)/2 - 1; i >= 0; i-- {
		sink(runs, i)
	}
	for len(runs) > 0 {
		r := &runs[0]
		r.end--
		if it := r.item(r.end); q.Matches(&it) && !visit(it) {
			return
		}
		if r.end > r.begin {
			r.newest = r.seq(r.end - 1)
		} else {
			runs[0] = runs[len(runs)-1]
			runs = runs[:len(runs)-1]
		}
		sink(runs, 0)
	}
}

// runsOf is what of the lanes has numbers above after, and up to last.
func runsOf(lanes []lane, after, last uint64) []run {
	runs := make([]run, 0, len(lanes))
	for _, l := range lanes {
		n := l.len()
		r := run{
			lane:  l,
			begin: sort.Search(n, func(i int) bool { return l.seq(i) > after }),
			end:   sort.Search(n, func(i int) bool { return l.seq(i) > last }),
		}
		if r.begin < r.end {
			r.newest = l.seq(r.end - 1)
			runs = append(runs, r)
		}
	}
	return runs
}

// sink moves the i-th run down to where none below it is newer: runs is a heap.
func sink(runs []run, i int) {
	for {
		top := i
		for _, below := range []int{2*i + 1, 2*i + 2} {
			if below < len(runs) && runs[below].newest > runs[top].newest {
				top = below
			}
		}
		if top == i {
			return
		}
		runs[i], runs[top] = runs[top], runs[i]
		i = top
	}
}

// gather lists what walk shows, as far as the query's limit.
func gather(lanes []lane, q *lasso.FeedQuery, last uint64) []lasso.FeedItem {
	most := q.Limit
	if most == 0 && !q.Narrow() {
		for _, r := range runsOf(lanes, q.After, last) {
			most += r.end - r.begin
		}
	}
	items := make([]lasso.FeedItem, 0, min(most, mostAtOnce))
	if q.ByTime {
		return lastOf(items, lanes, q, last)
	}
	walk(lanes, q, last, func(it lasso.FeedItem) bool {
		items = append(items, it)
		return q.Limit == 0 || len(items) < q.Limit
	})
	return items
}

// lastOf appends those that happened last. A node that is asked tells what
// happened before what it told already, so all that is kept is looked at.
func lastOf(items []lasso.FeedItem, lanes []lane, q *lasso.FeedQuery, last uint64) []lasso.FeedItem {
	cut := func() {
		slices.SortFunc(items, later)
		if q.Limit > 0 {
			items = items[:min(len(items), q.Limit)]
		}
	}
	walk(lanes, q, last, func(it lasso.FeedItem) bool {
		if items = append(items, it); q.Limit > 0 && len(items) >= 2*q.Limit {
			cut()
		}
		return true
	})
	cut()
	return items
}

// mostAtOnce bounds the items that room is made for before they are found.
const mostAtOnce = 1 << 14
