package lasso

import "time"

// Runtime is how the process of a node stands at one moment. What the platform
// does not tell is zero.
type Runtime struct {
	At        time.Time `json:"at"`
	Started   time.Time `json:"started_at"`
	Version   string    `json:"version"`
	Revision  string    `json:"revision,omitempty"` // of the sources; "+changes" behind it when they were changed
	GoVersion string    `json:"go_version"`
	OS        string    `json:"os"`
	Arch      string    `json:"arch"`
	Procs     int       `json:"procs"` // GOMAXPROCS

	CPUPercent float64       `json:"cpu_percent"` // of one processor: two busy ones are 200
	CPUSpan    time.Duration `json:"cpu_span_ns"` // the time over which it was measured
	RSS        uint64        `json:"rss_bytes"`

	Goroutines uint64        `json:"goroutines"`
	HeapInUse  uint64        `json:"heap_bytes"`      // objects and what is free between them
	HeapGoal   uint64        `json:"heap_goal_bytes"` // the size at which the next collection ends
	GCs        uint64        `json:"gcs"`             // collections since the start
	LastGC     time.Time     `json:"last_gc,omitzero"`
	LastPause  time.Duration `json:"last_pause_ns"`
	PauseP99   time.Duration `json:"pause_p99_ns"` // of all pauses since the start, at most
	GCCPU      float64       `json:"gc_cpu"`       // share of the process's processor time, 0 to 1

	Files     uint64 `json:"files"` // open descriptors, sockets included
	FileLimit uint64 `json:"file_limit"`
	Clients   uint64 `json:"clients"`   // open connections of clients
	Upstreams uint64 `json:"upstreams"` // open connections to providers

	Calls     uint64 `json:"calls"`      // RPC bodies being served
	BodyBytes uint64 `json:"body_bytes"` // charged for them
	BodyLimit uint64 `json:"body_limit"`

	Buffers []Buffer `json:"buffers,omitempty"`
}

// Buffer is a bounded store of a node, and what did not go into it.
type Buffer struct {
	Name    string `json:"name"` // a key such as "series"
	Held    uint64 `json:"held"`
	Limit   uint64 `json:"limit,omitempty"` // 0: it holds nothing, only counts
	LeftOut uint64 `json:"left_out"`        // since the start
}

// NodeRuntime is what one node of the cluster said of its process, or why there
// is nothing.
type NodeRuntime struct {
	Node    NodeID
	Boot    BootID
	Region  string
	Self    bool
	Runtime *Runtime // nil: it did not say; shared, not to be changed
	Older   bool     // its version does not know the question
	Reason  string   // why it did not say
}
