package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	devlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page of a headless Chromium that notes what a healthy page never
// does: console errors, failed or foreign requests.
type tab struct {
	ctx    context.Context
	origin string

	mu       sync.Mutex
	problems []string
	allowed  []string // parts of problems that are expected now
	bytes    float64
	requests int
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// openTab starts a browser until the test ends. Without a Chromium the test is
// skipped, and with CI=true it fails.
func openTab(t *testing.T, origin string) *tab {
	t.Helper()
	path := findChromium()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium in PATH")
		}
		t.Skip("SKIPPED, THE DASHBOARD IS NOT TESTED: no chromium in PATH")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(filepath.Join(t.TempDir(), "chromium")),
	)
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("close browser: %v", err)
		}
		cancel()
		cancelAlloc()
	})
	b := &tab{ctx: ctx, origin: origin}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return b
}

func (b *tab) watch(event any) {
	var problem string
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		url := e.Request.URL
		if url != b.origin && !strings.HasPrefix(url, b.origin+"/") && !strings.HasPrefix(url, "data:") {
			problem = "request leaves the origin: " + url
		}
	case *network.EventLoadingFinished:
		b.mu.Lock()
		b.bytes += e.EncodedDataLength
		b.requests++
		b.mu.Unlock()
	case *network.EventResponseReceived:
		if e.Response.Status >= http.StatusBadRequest {
			problem = fmt.Sprintf("%s: status %d", e.Response.URL, e.Response.Status)
		}
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			problem += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			problem = "console.error: " + strings.Join(words, " ")
		}
	case *devlog.EventEntryAdded:
		if e.Entry.Level == devlog.EntryLevelError {
			problem = "log: " + e.Entry.Text + " " + e.Entry.URL
		}
	}
	if problem == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range b.allowed {
		if strings.Contains(problem, part) {
			return
		}
	}
	b.problems = append(b.problems, problem)
}

// report fails the test for everything that watch noted.
func (b *tab) report(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		t.Error(p)
	}
}

// allow lets problems pass that hold one of the parts.
func (b *tab) allow(parts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = parts
}

func (b *tab) do(t *testing.T, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// open loads a page of the origin.
func (b *tab) open(t *testing.T, path string) {
	t.Helper()
	b.do(t, "open "+path, chromedp.Navigate(b.origin+path), chromedp.WaitReady(chromedp.CSS("main")))
}

func (b *tab) click(t *testing.T, css string) {
	t.Helper()
	b.do(t, "click "+css, chromedp.WaitVisible(chromedp.CSS(css)), chromedp.Click(chromedp.CSS(css)))
}

func (b *tab) key(t *testing.T, keys string, opts ...chromedp.KeyOption) {
	t.Helper()
	b.do(t, "press "+keys, chromedp.KeyEvent(keys, opts...))
}

func (b *tab) size(t *testing.T, width, height int64) {
	t.Helper()
	b.do(t, "resize", chromedp.EmulateViewport(width, height))
}

// prefers sets the colour scheme that the reader's system asks for.
func (b *tab) prefers(t *testing.T, scheme string) {
	t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// eval runs an expression in the page.
func eval[T any](t *testing.T, b *tab, script string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %.80s: %v", script, err)
	}
	return v
}

// until waits for an expression to become true, at most limit, and returns how
// long it took.
func (b *tab) until(t *testing.T, limit time.Duration, what, script string) time.Duration {
	t.Helper()
	began := time.Now()
	end := time.After(limit)
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script))
		if err == nil && ok {
			return time.Since(began)
		}
		select {
		case <-tick.C:
		case <-end:
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
			t.Fatalf("not within %v: %s (last error: %v)\n%.1500s", limit, what, err, text)
		}
	}
}

// says waits for words in the page's main part.
func (b *tab) says(t *testing.T, limit time.Duration, words string) time.Duration {
	t.Helper()
	return b.until(t, limit, "the page says "+words, fmt.Sprintf("document.body.innerText.includes(%q)", words))
}
