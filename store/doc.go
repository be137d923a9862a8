// Package store records what a node does and answers what it did: counts,
// latencies, failovers and bytes over windows of a minute to a day, the
// activity feed, the history of providers, and the metrics for Prometheus.
//
// # Recording
//
// An attempt is counted in a series (profile, chain, provider, method,
// transport, origin) and in its group (profile, chain, provider); a client
// call in the group of its chain (profile, chain). Nothing is sampled: a count
// is exact. Finding a series takes no lock; recording takes the one lock of the
// group, which readers hold for one series at a time.
//
// # Time
//
// A series or group is a ring of time buckets at several widths. A bucket holds
// exact counters and the bins of a DDSketch with 1 % relative accuracy. A
// record is written into the finest open bucket; what closes is folded into the
// next width. A window is the sum of whole buckets, the open one included, so
// that its counters and its quantiles speak for the same calls. Its far edge
// lies at the start of a bucket:
//
//	window  buckets      covers the last
//	1m      13 of 5 s    60 s to 65 s
//	5m      21 of 15 s   5 min to 5 min 15 s
//	15m     16 of 1 min  15 to 16 min
//	1h      13 of 5 min  60 to 65 min
//	24h     25 of 1 h    24 to 25 h
//
// What is exactly as old as the window is always counted, what is older than
// the second bound never. Rates divide by the time that is covered, and for a
// process younger than that by its age, but at least by a second: a steady load
// reads as a steady rate wherever the edge lies.
//
// Buckets follow the time of the record, not of its arrival. One that comes
// late goes into the buckets it belongs to, as far as they are kept. One that
// is older than all of them (25 hours) counts in the lifetime counters and in
// lasso_store_dropped_total only. One from the future counts as now. The time
// of a ring never goes back, and times with a monotonic reading are compared by
// it: a step of the wall clock neither loses nor repeats anything. What is told
// with a time follows the wall clock as it is when it is read.
//
// # Merging
//
// A read gathers a snapshot: rows of sums. Snapshots of several nodes merge by
// adding counters and merging sketches; the order does not matter, and each node
// and boot counts once. Figures are derived from a snapshot only at the end, so
// a percentile is never averaged.
//
// # Other nodes
//
// [Store] holds what this node recorded. [MetricsStore] answers for all nodes: it
// asks the others (a [Question]), keeps what they say for 15 s, and serves it
// while it asks again, so that no read waits and none goes blank. What another
// node says is a stranger's data: what does not hold together is left out, and
// that node is missing in the coverage.
//
// The events of a provider are asked for like figures: each node tells the last
// 200 that it remembers, and since when it remembers all there were, so that the
// past of a breaker does not depend on who watched.
//
// [Board] holds the states of all nodes: each tells the others what changed, with
// a sequence number, and whoever misses one asks for everything. [Tail] joins
// the activity of all nodes, and lets it cross only while somebody watches. What
// failed, and what happened, has room of its own on both sides, and no node
// takes the room of another. Times stay as the node told them, however long ago;
// what claims to be more than an hour ahead of this node's clock happened now, and
// what is told without a time is refused.
//
// # Memory
//
// Buckets are made when something is recorded in them and let go a minute after
// no window reaches them. A bucket takes 150 bytes, and 6 for each bin in use,
// of which there are at most 1,021 and commonly 20 to 150.
//
//	series  88 buckets   empty 1.5 KB, commonly 20 to 60 KB, at most 550 KB
//	group   379 buckets  empty 5 KB, commonly 50 to 200 KB, at most 2.4 MB
//	error   88 buckets   empty 1.5 KB, commonly 3 KB, at most 15 KB; 64 a provider
//	feed    2,000 each of calls, of those that failed or failed over, of our own
//	        and of events, 0.25 KB each, 2 MB in all; as many of all other nodes
//
// There are at most MaxSeries series, plus one of method "other" for each route,
// which takes what no longer fits: 4,096 x 60 KB = 240 MB for a node that uses
// all of them all day; 20 providers with 15 methods each take 20 MB. Groups
// are as many as the configuration has providers and chains. What was not used
// for 25 hours is dropped.
package store
