//go:build unix

package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processUse is what the process takes of the machine. What can not be read is
// zero: memory is known on Linux only.
func processUse() (cpu time.Duration, rss, files, fileLimit uint64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) == nil {
		fileLimit = uint64(l.Cur) //nolint:unconvert // signed on some systems
	}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if pages, err := strconv.ParseUint(fields[1], 10, 64); err == nil {
				rss = pages * uint64(os.Getpagesize()) //nolint:gosec // a page has a positive size
			}
		}
	}
	return cpu, rss, openFiles(), fileLimit
}

// openFiles counts the descriptors, without the one that it needs for that.
func openFiles() uint64 {
	path := "/dev/fd"
	if runtime.GOOS == "linux" {
		path = "/proc/self/fd"
	}
	dir, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return 0
	}
	return uint64(max(len(names)-1, 0))
}
