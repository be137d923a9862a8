// Package cluster lets nodes find each other and ask each other questions, so
// that one dashboard speaks for all of them. It serves observability only:
// routing never waits for another node, asks one, or trusts one.
//
// # The mesh
//
// Each node runs NATS inside its process (see docs/adr/0001), reached by others
// on one TCP port, and talks to it in process. Or it uses a NATS that somebody
// else runs. Discovery gives addresses to dial, by DNS or multicast DNS; that an
// address is not found any more, or a look-up fails, removes nobody. Nodes also
// tell each other whom they are connected to.
//
// # States
//
// The topology is a state machine that is told what happened and when. Its
// nodes are processes: a node id names one, a boot id tells its starts apart.
//
//	             the mesh reaches it
//	                    |
//	                    v
//	  +----------- connected <--------------------------+
//	  |                 | asked who it is               |
//	  |                 v                               |
//	  +----------- discovering                          |
//	  |                 | answers                       | the mesh
//	  |                 v          3 failed checks      | reaches it
//	  +----------- responding ------------------+       | again
//	  |                 ^                       v       |
//	  |                 +---- answers ---- unresponsive |
//	  |                                         |       |
//	  v                                         v       |
//	disconnected <------------------------------+ ------+
//	  |
//	  v 24 h
//	forgotten
//
// Three failed checks make a node unresponsive from any state but disconnected,
// an answer makes it responding. A node that said goodbye does not come back
// under the same boot id. One that left and is there under a new boot id has
// replaced its old process. Two processes with one node id that both give signs
// of life are flagged as duplicates of each other.
//
// # Timers
//
//	look-up in DNS               5 s
//	sign of life, to all         2 s    (and at once when what we listen to changes)
//	question who it is           at once when it joins; retried after 20 ms to 2 s
//	health check                 15 s   (give or take 5 %), one question to all
//	answer to a check            5 s
//	ping of a connection         3 s, given up after the third without an answer
//	dial again                   1 s
//	forget a node that left      24 h after it was last seen
//	forget an address            5 min after discovery listed it last, if no node is there
//
// A process that is killed closes its connections: the others see it at once.
// One that is stopped says goodbye first. When a link is cut, pings go unanswered
// for 9 s and the connection is given up on both sides; since the port does not
// accept a new one either, the node is disconnected. When a process is frozen,
// its connections are given up in the same way, but its kernel still accepts new
// ones: the node stays what it was, fails its checks and becomes unresponsive. On
// a NATS of somebody else's, a node is disconnected when it gave no sign of life
// for 6.5 s, whatever the reason.
//
// # Questions
//
// Ask puts one question to all nodes that respond and collects their answers for
// 5 s at most; Cluster.Handle sets what answers. A node that is known and did not
// answer is in the result with the reason. A question that a node does not know
// is a reason, and so is another version of the protocol.
//
// # What others send
//
// Everything a peer says is checked before it is used: sizes, ids, printable
// text, and that the sender is a process which the topology knows. Each may give
// one answer to a question, so a broken one wastes its own. Messages wait in
// queues with limits, and what does not fit is dropped and counted.
//
// # Who may join
//
// With a secret, all connections between nodes use mutual TLS with keys derived
// from it, and the secret is never sent. With certificate files, mutual TLS with
// those. With neither, anyone who reaches the port can join; the log, /metrics
// and the cluster page say so. Nodes that joined trust each other: one that has
// the secret can claim to be another. Peers that were met and did not join are
// listed in lasso.Cluster.Problems with the reason.
//
// # Goroutines
//
// New starts none. Run starts all and returns when they have ended. Call-backs
// of listeners run on goroutines of their own; handlers of questions at most 64
// at a time.
package cluster
