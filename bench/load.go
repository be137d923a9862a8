package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

const callBody = `{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x742d35cc6634c0532925a3b844bc454e4438f44e","latest"]}`

// load sends the calls of one round to one lane and measures its CPU time.
func load(ctx context.Context, p *process, o options) (figure, error) {
	warm := o.calls / 10
	if _, err := send(ctx, p, o, warm); err != nil {
		return figure{}, err
	}
	before, err := cpuTime(p)
	if err != nil {
		return figure{}, err
	}
	begin := time.Now()
	times, err := send(ctx, p, o, o.calls)
	if err != nil {
		return figure{}, err
	}
	took := time.Since(begin)
	after, err := cpuTime(p)
	if err != nil {
		return figure{}, err
	}
	slices.Sort(times)
	return figure{
		cpu: (after - before) / time.Duration(o.calls), rate: float64(o.calls) / took.Seconds(),
		p50: times[len(times)/2], p99: times[len(times)*99/100], rss: memory(p),
	}, nil
}

func send(ctx context.Context, p *process, o options, calls int) ([]time.Duration, error) {
	client := &fasthttp.HostClient{Addr: p.addr, MaxConns: o.concurrency}
	var next atomic.Int64
	var workers sync.WaitGroup
	all := make([][]time.Duration, o.concurrency)
	faults := make([]error, o.concurrency)
	for w := range o.concurrency {
		workers.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			req.SetRequestURI(p.url)
			req.Header.SetMethod(fasthttp.MethodPost)
			req.Header.SetContentType("application/json")
			req.SetBodyString(callBody)
			for next.Add(1) <= int64(calls) && ctx.Err() == nil {
				begin := time.Now()
				if err := client.DoTimeout(req, resp, 10*time.Second); err != nil {
					faults[w] = err
					return
				}
				all[w] = append(all[w], time.Since(begin))
				if resp.StatusCode() != fasthttp.StatusOK || !strings.Contains(string(resp.Body()), `"result"`) {
					faults[w] = fmt.Errorf("status %d: %.120s", resp.StatusCode(), resp.Body())
					return
				}
			}
		})
	}
	workers.Wait()
	client.CloseIdleConnections()
	return slices.Concat(all...), errors.Join(append(faults, ctx.Err())...)
}

// cpuTime sums the time that all threads of the lane's group have run, as the
// scheduler counts it, in nanoseconds.
func cpuTime(p *process) (time.Duration, error) {
	var total time.Duration
	for pid := range group(p) {
		tasks, _ := filepath.Glob("/proc/" + pid + "/task/[0-9]*/schedstat")
		for _, f := range tasks {
			b, err := os.ReadFile(f) //nolint:gosec // of /proc
			if err != nil {
				continue // it has ended
			}
			first, _, _ := strings.Cut(string(b), " ")
			ns, _ := strconv.ParseInt(first, 10, 64)
			total += time.Duration(ns)
		}
	}
	if total == 0 {
		return 0, fmt.Errorf("no CPU time found for %s (needs /proc with schedstat)", p.name)
	}
	return total, nil
}

// memory sums resident bytes over the lane's group.
func memory(p *process) int64 {
	var pages int64
	for _, fields := range group(p) {
		n, _ := strconv.ParseInt(fields[21], 10, 64)
		pages += n
	}
	return pages * int64(os.Getpagesize())
}

// group returns, by process id, the fields of /proc/PID/stat after the command
// name, for each process of the lane's group.
func group(p *process) map[string][]string {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	out := map[string][]string{}
	for _, f := range files {
		b, err := os.ReadFile(f) //nolint:gosec // of /proc
		if err != nil {
			continue // it has ended
		}
		_, rest, ok := strings.Cut(string(b), ") ")
		fields := strings.Fields(rest)
		if ok && len(fields) > 21 && fields[2] == strconv.Itoa(p.cmd.Process.Pid) {
			out[filepath.Base(filepath.Dir(f))] = fields
		}
	}
	return out
}
