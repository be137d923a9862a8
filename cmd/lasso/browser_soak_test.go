package main

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// soak is how long TestBrowserSoak looks on: LASSO_SOAK, such as "10m", else
// short.
func soak(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("LASSO_SOAK")
	if text == "" {
		return 20 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("LASSO_SOAK: %v", err)
	}
	return d
}

// TestBrowserSoak keeps the overview open and goes through all other pages in a
// second browser, while nodes stop and return. Nothing fails, no console error,
// no request to another origin, and what the open page needs of memory does not
// grow.
func TestBrowserSoak(t *testing.T) {
	s := play(t, &demoCmd{Nodes: 3, Seed: 1, Chaos: true})
	open, walker := openTab(t, s.url), openTab(t, s.url)
	open.open(t, profileRoot)
	began := time.Now()
	end := time.After(soak(t))
	stay := time.NewTicker(min(4*time.Second, soak(t)/10))
	defer stay.Stop()
	early, visited := held{}, 0
	var paths []string
	for _, path := range pages() {
		paths = append(paths, path)
	}
	for over := false; !over; {
		walker.open(t, profileRoot+paths[visited%len(paths)])
		visited++
		select {
		case <-end:
			over = true
		case <-stay.C:
		}
		if early.bytes == 0 && time.Since(began) > soak(t)/4 {
			early = open.held(t)
		}
	}
	late := open.held(t)
	open.mu.Lock()
	requests := open.requests
	open.mu.Unlock()
	t.Logf("%v, %d pages opened, %d requests of the open page: heap %.2f, then %.2f MiB; %d, then %d nodes of the document; %d, then %d listeners",
		time.Since(began).Round(time.Second), visited, requests, early.bytes/(1<<20), late.bytes/(1<<20), early.nodes, late.nodes, early.listeners, late.listeners)
	if late.bytes > early.bytes*1.2+1<<20 || late.nodes > early.nodes*3/2+1000 || late.listeners > early.listeners+100 {
		t.Error("the open page grows")
	}
	open.report(t)
	walker.report(t)
}

// held is what a page holds after its garbage is gone.
type held struct {
	bytes            float64
	nodes, listeners int64
}

func (b *tab) held(t *testing.T) held {
	t.Helper()
	if _, err := chromedp.Call(b.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	heap, err := chromedp.Call(b.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	dom, err := chromedp.Call(b.ctx, memory.GetDOMCounters, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	return held{bytes: heap.UsedSize, nodes: dom.Nodes, listeners: dom.JsEventListeners}
}
