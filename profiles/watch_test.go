package profiles_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso/profiles"
)

const patience = 10 * time.Second

// log is a log that tests read while it is written, and that tells of lines.
type log struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	lines chan struct{}
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.lines <- struct{}{}:
	default:
	}
	return l.buf.Write(p)
}

// watch runs a watcher until the test ends. The channel gets one value for
// each reload.
func watch(t *testing.T, dir string, signals <-chan os.Signal) (reloads chan struct{}, out *log) {
	t.Helper()
	reloads = make(chan struct{}, 100)
	out = &log{lines: make(chan struct{}, 100)}
	w := profiles.NewWatcher(dir, signals, func() { reloads <- struct{}{} }, slog.New(slog.NewTextHandler(out, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return reloads, out
}

func wait(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
	}
}

// started makes sure that the watch is on: it writes until a reload comes.
func started(t *testing.T, dir string, reloads <-chan struct{}) {
	t.Helper()
	for limit := time.After(patience); ; {
		write(t, dir, "start.yml", time.Now().String())
		select {
		case <-reloads:
			settled(reloads)
			return
		case <-time.After(400 * time.Millisecond):
		case <-limit:
			t.Fatal("the watch did not start")
		}
	}
}

// settled counts reloads until there is none for a while.
func settled(reloads <-chan struct{}) int {
	for n := 0; ; n++ {
		select {
		case <-reloads:
		case <-time.After(600 * time.Millisecond):
			return n
		}
	}
}

func quiet(t *testing.T, reloads <-chan struct{}, what string) {
	t.Helper()
	if n := settled(reloads); n > 0 {
		t.Errorf("%s caused %d reloads", what, n)
	}
}

func TestWatcherSeesFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	reloads, _ := watch(t, dir, nil)
	started(t, dir, reloads)

	for range 20 {
		write(t, dir, "a.yml", time.Now().String())
	}
	wait(t, reloads, "reload after writing")
	if n := 1 + settled(reloads); n > 10 {
		t.Errorf("20 writes in a row caused %d reloads", n)
	}

	if err := os.Chmod(filepath.Join(dir, "a.yml"), 0o640); err != nil { // it may be readable only now
		t.Fatal(err)
	}
	wait(t, reloads, "reload after a change of permissions")
	settled(reloads)

	write(t, dir, ".a.yml.swp", "x")
	write(t, dir, "_draft.yml", "x")
	write(t, dir, "notes.txt", "x")
	quiet(t, reloads, "a file that is no profile")

	if err := os.Rename(filepath.Join(dir, "notes.txt"), filepath.Join(dir, "a.yml")); err != nil {
		t.Fatal(err)
	}
	wait(t, reloads, "reload after a rename over a profile")
	settled(reloads)
	if err := os.Remove(filepath.Join(dir, "a.yml")); err != nil {
		t.Fatal(err)
	}
	wait(t, reloads, "reload after a removal")
}

// TestWatcherSeesConfigMap swaps the ..data link as Kubernetes does.
func TestWatcherSeesConfigMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []string{"..v1", "..v2"} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, version), "a.yml", version)
	}
	link("..v1", "..data")
	link("..data/a.yml", "a.yml")
	reloads, _ := watch(t, dir, nil)
	started(t, dir, reloads)

	link("..v2", "..data_tmp")
	if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	wait(t, reloads, "reload after the swap")
	got, err := profiles.ReadDir(dir)
	if err != nil || string(got[0].Data) != "..v2" {
		t.Errorf("got %q, %v", got[0].Data, err)
	}
}

func TestWatcherFindsADirectoryAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "profiles")
	signals := make(chan os.Signal, 1)
	reloads, out := watch(t, dir, signals)
	wait(t, out.lines, "warning about the directory")

	signals <- syscall.SIGHUP
	wait(t, reloads, "reload by signal without a directory")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wait(t, reloads, "reload once the directory is there")
	started(t, dir, reloads)

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wait(t, reloads, "reload after the directory was replaced")
	settled(reloads)
	started(t, dir, reloads)
}

func TestWatcherHeedsSignals(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal)
	reloads, _ := watch(t, "", signals)
	for range 3 {
		signals <- syscall.SIGHUP
		wait(t, reloads, "reload by signal")
	}
	close(signals)
	quiet(t, reloads, "the end of signals")
}
