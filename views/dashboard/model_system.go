package dashboard

import "time"

// Fragments of the system page. Its cards are FragmentNodes.
const (
	FragmentRuntime = "runtime" // nodes against each other
	FragmentBuilds  = "builds"  // what runs, and on what
	FragmentBuffers = "buffers" // bounded stores, and what did not go into them
)

// NodeRuntime is how the process of a node stands. A figure that its platform
// does not tell is zero.
type NodeRuntime struct {
	Node   string
	Boot   string
	Region string
	Self   bool
	Known  bool   // it said so: the rest holds
	Older  bool   // its version does not know the question
	Asking bool   // it is being asked for the first time
	Reason string // why it did not say

	At         time.Time // of the figures, by its clock
	Started    time.Time
	Version    string
	Revision   string
	GoVersion  string
	OS         string
	Arch       string
	Procs      int           // processors that it may use at once
	CPU        float64       // per cent of one processor
	CPUSpan    time.Duration // over which it was measured
	RSS        uint64        // bytes, as all sizes here
	Goroutines uint64
	HeapInUse  uint64
	HeapGoal   uint64
	GCs        uint64
	LastGC     time.Time
	LastPause  time.Duration
	PauseP99   time.Duration
	GCCPU      float64 // 0 to 1
	Files      uint64
	FileLimit  uint64
	Clients    uint64 // connections
	Upstreams  uint64
	Calls      uint64 // in flight
	BodyBytes  uint64
	BodyLimit  uint64
	Buffers    []Buffer
}

// Buffer is a bounded store of a node.
type Buffer struct {
	Name    string // key of a known one, else shown as it is
	Held    uint64
	Limit   uint64 // 0: it only counts
	LeftOut uint64 // since the start
}

// SystemPage is the model of /dashboard/:profile/system. Shell.Sort orders the
// table of nodes.
type SystemPage struct {
	Shell
	Nodes []NodeRuntime // by name
}
