// Command bench measures what a call costs: CPU time per call of Lasso beside
// that of a bare fasthttp forwarder, a Fiber one with an envelope look-up, and,
// where they are installed, nginx and HAProxy. All run on this machine, in
// turns within one run, with one upstream and one load generator, so the
// ratios hold even where the absolute figures are noisy.
//
//	cd bench
//	go run .                       # 5 rounds of 20,000 calls each
//	go run . -rounds 9 -calls 50000
//
// With -churn it compares the latency of a node alone with that of one in a
// cluster whose other node is restarted every five seconds:
//
//	go run . -churn -delay 20ms
//
// Everything listens on loopback and ends with the run.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"
)

type options struct {
	rounds, calls, concurrency, size, rate int
	delay                                  time.Duration
	lasso                                  string
}

func main() {
	var o options
	role := flag.String("role", "", "internal: upstream, forward or fiber")
	listen := flag.String("listen", "", "internal")
	target := flag.String("target", "", "internal")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds; the median of each lane is printed")
	flag.IntVar(&o.calls, "calls", 20_000, "calls per lane and round")
	flag.IntVar(&o.concurrency, "concurrency", 32, "connections of the load generator")
	flag.IntVar(&o.size, "size", 60, "bytes of the result an upstream answers with")
	flag.StringVar(&o.lasso, "lasso", "", "lasso binary; built from ./cmd/lasso when empty")
	flag.DurationVar(&o.delay, "delay", 0, "time an upstream takes for a call, from half of it to one and a half")
	flag.IntVar(&o.rate, "rate", 200, "with -churn: calls per second to each node")
	isChurn := flag.Bool("churn", false, "compare a node alone with one whose cluster changes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *role != "":
		err = play(*role, *listen, *target, o)
	case *isChurn:
		err = churn(ctx, o, os.Stdout)
	default:
		err = measure(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

// figure is one measurement of one lane.
type figure struct {
	cpu      time.Duration // of the process, per call
	p50, p99 time.Duration
	rate     float64 // calls per second
	rss      int64   // bytes
}

func measure(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "lasso-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	up, err := startRole(ctx, "upstream", "", o)
	if err != nil {
		return err
	}
	defer up.stop()
	lanes, err := startLanes(ctx, o, dir, up)
	defer func() {
		for _, l := range lanes {
			l.stop()
		}
	}()
	if err != nil {
		return err
	}
	results := map[string][]figure{}
	for range o.rounds {
		for _, l := range lanes {
			f, err := load(ctx, l, o)
			if err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			results[l.name] = append(results[l.name], f)
		}
	}
	report(os.Stdout, lanes, results, o)
	return nil
}

func report(w io.Writer, lanes []*process, results map[string][]figure, o options) {
	fmt.Fprintf(w, "%d rounds of %d calls, %d connections, result of %d bytes; medians\n\n", o.rounds, o.calls, o.concurrency, o.size)
	fmt.Fprintf(w, "%-22s %12s %8s %10s %10s %10s %9s\n", "lane", "CPU/call", "ratio", "p50", "p99", "calls/s", "RSS MiB")
	floor := median(results["fasthttp forwarder"], func(f figure) float64 { return float64(f.cpu) })
	for _, l := range lanes {
		r := results[l.name]
		cpu := median(r, func(f figure) float64 { return float64(f.cpu) })
		fmt.Fprintf(w, "%-22s %9.1f µs %8.2f %7.2f ms %7.2f ms %10.0f %9.1f\n", l.name, cpu/1000, cpu/floor,
			median(r, func(f figure) float64 { return f.p50.Seconds() * 1000 }),
			median(r, func(f figure) float64 { return f.p99.Seconds() * 1000 }),
			median(r, func(f figure) float64 { return f.rate }),
			median(r, func(f figure) float64 { return float64(f.rss) / (1 << 20) }))
	}
	fmt.Fprintln(w, "\nratio: CPU per call against the bare fasthttp forwarder of the same run")
}

func median(fs []figure, of func(figure) float64) float64 {
	values := make([]float64, 0, len(fs))
	for _, f := range fs {
		values = append(values, of(f))
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
