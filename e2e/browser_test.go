package e2e

import (
	"context"
	"errors"
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
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium tab that notes what a healthy page never
// does: console errors, failed or foreign requests.
type browser struct {
	ctx    context.Context
	origin string

	mu       sync.Mutex
	problems []string
}

// findChromium returns the path of a Chromium or Chrome, or "".
func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// startBrowser opens a tab until the test ends. Without a Chromium the test is
// skipped, and with CI=true it fails.
func startBrowser(t *testing.T, origin string) *browser {
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
	b := &browser{ctx: ctx, origin: origin}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return b
}

// watch notes what a healthy page never does.
func (b *browser) watch(event any) {
	var problem string
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		url := e.Request.URL
		if url != b.origin && !strings.HasPrefix(url, b.origin+"/") && !strings.HasPrefix(url, "data:") {
			problem = "request leaves the origin: " + url
		}
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
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			problem = "log: " + e.Entry.Text + " " + e.Entry.URL
		}
	}
	if problem != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problems = append(b.problems, problem)
	}
}

// report fails the test for everything that watch noted.
func (b *browser) report(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		t.Error(p)
	}
}

// open loads a page of the origin.
func (b *browser) open(t *testing.T, path string) {
	t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(b.origin+path), chromedp.WaitReady(chromedp.CSS("main"))); err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
}

// rowSays waits, without reloading, until an innermost row or block that names
// the subject shows all the words.
func (b *browser) rowSays(t *testing.T, limit time.Duration, subject string, words ...string) {
	t.Helper()
	const script = `(function(subject, words) {
		const boxes = [...document.querySelectorAll("main tr, main li, main article, main section")];
		return boxes.some(e => e.innerText.includes(subject) && words.every(w => e.innerText.includes(w)) &&
			![...e.querySelectorAll("tr, li, article, section")].some(i => i.innerText.includes(subject)));
	})(%q, [%s])`
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	eventually(t, limit, fmt.Sprintf("the page says %q about %s", words, subject), func(context.Context) error {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf(script, subject, strings.Join(quoted, ","))))
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("not yet")
		}
		return nil
	})
}

// shot saves a full-page picture to LASSO_SHOTS, in both themes and two widths.
func (b *browser) shot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("LASSO_SHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{1440, 390} {
		for _, theme := range []string{"dark", "light"} {
			media := emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
			}
			if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900)); err != nil {
				t.Fatal(err)
			}
			png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatalf("picture of %s: %v", name, err)
			}
			file := filepath.Join(dir, fmt.Sprintf("%s--%d--%s.png", name, width, theme))
			if err := os.WriteFile(file, png, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
}

// background sends calls all the time until stop is called, which reports how
// many were not answered correctly.
func (tr *traffic) background(ctx context.Context, every time.Duration) (stop func(*testing.T)) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				tr.run(context.WithoutCancel(ctx), i)
			}
		}
	})
	return func(t *testing.T) {
		t.Helper()
		cancel()
		wg.Wait()
		for _, p := range tr.problems {
			t.Error(p)
		}
	}
}

// TestDashboard watches a provider die and come back, on one page that is
// never reloaded, while calls flow.
func TestDashboard(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	tr := newTraffic(t, a, r.rpc())
	stop := tr.background(t.Context(), 20*time.Millisecond)
	defer stop(t)

	tab := startBrowser(t, r.url)
	tab.open(t, "/dashboard/local/chains/1337")
	tab.rowSays(t, 20*time.Second, "geth-a", "Healthy")
	tab.rowSays(t, 20*time.Second, "geth-b", "Healthy")
	tab.shot(t, "chain-healthy")

	b.kill()
	tab.rowSays(t, 20*time.Second, "geth-b", "Circuit open")
	tab.rowSays(t, 5*time.Second, "geth-a", "Healthy")
	tab.shot(t, "chain-one-dead")

	b.restart(t)
	tab.rowSays(t, 2*time.Minute, "geth-b", "Healthy")
	tab.shot(t, "chain-recovered")
	tab.report(t)
}

// TestPages opens every page once, looks for trouble in the console, and takes
// pictures.
func TestPages(t *testing.T) {
	a, b := startNode(t, "geth-a"), startNode(t, "geth-b")
	r := startRouter(t, geths(a, b)...)
	tr := newTraffic(t, a, r.rpc())
	stop := tr.background(t.Context(), 10*time.Millisecond)
	defer stop(t)
	tab := startBrowser(t, r.url)
	for _, p := range []struct{ name, path, subject string }{
		{"overview", "/", "Dev chain"},
		{"chain", "/dashboard/local/chains/1337", "geth-a"},
		{"provider", "/dashboard/local/chains/1337/providers/geth-a", "geth-a"},
	} {
		tab.open(t, p.path)
		eventually(t, 20*time.Second, p.name+" names "+p.subject, func(context.Context) error {
			text, err := chromedp.Run(tab.ctx, chromedp.Text(chromedp.CSS("main")))
			if err != nil {
				return err
			}
			if !strings.Contains(text, p.subject) {
				return fmt.Errorf("no %q in %q", p.subject, text)
			}
			return nil
		})
		tab.shot(t, p.name)
	}
	tab.report(t)
}
