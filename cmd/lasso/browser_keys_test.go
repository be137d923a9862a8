package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// TestBrowserFilters narrows tables by their counters and their fields, and
// finds the choice in the address.
func TestBrowserFilters(t *testing.T) {
	s := perform(t, 1)
	b := openTab(t, s.url)
	b.open(t, profileRoot)
	b.key(t, "/")
	b.until(t, 5*time.Second, "the filter has the focus", `document.activeElement.matches("[data-filter]")`)
	b.key(t, kb.Backspace) // a browser that is driven writes the slash, too
	b.key(t, "bas"+kb.Enter)
	b.until(t, 5*time.Second, "only Base is drawn", `location.search.includes("q=bas") && [...document.querySelectorAll(".loom .ch")].map(e => e.dataset.p).join() === "Base"`)
	b.click(t, `.key a[data-n="lag"]`)
	b.until(t, 5*time.Second, "the counter filters too", `location.search.includes("status=lag")`)

	b.open(t, profileRoot+"/requests?paused=1")
	b.click(t, "#rq-q")
	b.key(t, "eth_getLogs"+kb.Enter)
	b.until(t, 10*time.Second, "the list holds one method", `location.search.includes("eth_getLogs") && document.querySelector("main tbody tr td") !== null &&
		[...document.querySelectorAll("main tbody tr")].every(tr => tr.innerText.includes("eth_getLogs"))`)

	b.open(t, profileRoot+"/providers?sort=-p95")
	b.key(t, "/")
	b.until(t, 5*time.Second, "the filter of the list has the focus", `document.activeElement.matches("#list-q")`)
	b.key(t, kb.Backspace)
	b.key(t, "birch"+kb.Enter)
	b.until(t, 10*time.Second, "the list holds one provider, still by p95", `location.search.includes("q=birch") && location.search.includes("sort=-p95") &&
		document.querySelector("main tbody td") !== null && [...document.querySelectorAll("main tbody tr:has(td)")].every(tr => tr.innerText.includes("Birch"))`)
	b.click(t, `.lf-x summary`)
	b.click(t, `.lf-x input[value="p99"]`)
	b.click(t, `.lf-x button`)
	b.until(t, 10*time.Second, "the columns are in the address", `location.search.includes("cols=p99") && location.search.includes("q=birch") &&
		[...document.querySelectorAll("main thead th")].some(th => th.innerText.trim() === "p99")`)
	b.click(t, `.lf-c a[href*="failing=1"]`)
	b.until(t, 10*time.Second, "a count filters too", `location.search.includes("failing=1") && location.search.includes("cols=") && document.querySelector(".lf-c .on") !== null`)
	b.report(t)
}

// TestBrowserKeys uses the dashboard without a pointer: pages by their letters,
// rows by j and k, the list of keys.
func TestBrowserKeys(t *testing.T) {
	s := perform(t, 2)
	b := openTab(t, s.url)
	b.open(t, profileRoot)
	for letter, page := range map[string]string{"c": "/chains", "p": "/providers", "r": "/regions", "m": "/methods", "q": "/requests", "e": "/events", "l": "/cluster", "s": "/system", "x": "/configuration", "y": "/playground", "o": ""} {
		want := eval[string](t, b, fmt.Sprintf(`document.querySelector('[data-go=%q]')?.pathname ?? ""`, letter))
		if want == "" {
			t.Errorf("no page has the letter %s", letter)
			continue
		}
		if !strings.HasSuffix(want, page) {
			t.Errorf("g %s leads to %s, want %s", letter, want, page)
		}
		b.key(t, "g")
		b.key(t, letter)
		b.until(t, 5*time.Second, "g "+letter, fmt.Sprintf(`document.readyState === "complete" && location.pathname === %q`, want))
	}
	b.open(t, profileRoot+"/providers")
	b.key(t, "j")
	b.key(t, "j")
	b.key(t, "k")
	b.until(t, 5*time.Second, "the first row has the focus", `document.activeElement.closest("tbody tr") === document.querySelector("main tbody tr:has(td)")`)
	b.key(t, kb.Enter)
	b.until(t, 5*time.Second, "enter opens the row", `document.readyState === "complete" && location.pathname.includes("/providers/")`)
	b.key(t, "?")
	b.until(t, 5*time.Second, "the keys are listed", `[...document.querySelectorAll("dialog[open]")].some(d => d.innerText.includes("Pause"))`)
	b.key(t, kb.Escape)
	b.until(t, 5*time.Second, "escape closes them", `document.querySelector("dialog[open]") === null`)
	b.report(t)
}

// TestBrowserTab walks through pages with the tab key: it reaches all that can
// be clicked, and one sees where it stands.
func TestBrowserTab(t *testing.T) {
	s := perform(t, 1)
	b := openTab(t, s.url)
	for name, path := range pages() {
		b.open(t, profileRoot+path)
		b.until(t, 10*time.Second, "a fragment has come", `document.querySelector("[data-live-age]").innerText.includes(" s ago")`)
		b.key(t, ".") // nothing is swapped on the way
		want := eval[int](t, b, `(() => {
			window.stops = new Set([...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
				.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0 && !(e.type === "radio" && !e.checked && document.querySelector("input[type=radio][name='" + e.name + "']:checked"))));
			window.unseen = []; window.walked = new Set();
			document.addEventListener("focusin", e => {
				if (walked.has(e.target)) return;
				walked.add(e.target);
				const marks = [e.target, ...e.target.querySelectorAll(".hit, .node"), e.target.closest("label, .inp, .field") ?? e.target];
				const seen = x => { const c = getComputedStyle(x); return c.outlineStyle !== "none" && c.outlineWidth !== "0px" || c.boxShadow !== "none" || x.matches(".hit, .node") && c.stroke !== "none"; };
				if (!marks.some(seen)) unseen.push(e.target.outerHTML.slice(0, 120));
			});
			document.activeElement.blur();
			return stops.size;
		})()`)
		if want < 10 {
			t.Errorf("%s: %d places to stop at, want more", name, want)
		}
		for range want + 20 {
			b.key(t, kb.Tab)
		}
		left := eval[string](t, b, `[...stops].filter(e => !walked.has(e)).map(e => e.outerHTML.slice(0, 160)).slice(0, 5).join("\n")`)
		if left != "" {
			t.Errorf("%s: tab does not reach:\n%s", name, left)
		}
		if unseen := eval[string](t, b, `unseen.slice(0, 5).join("\n")`); unseen != "" {
			t.Errorf("%s: no mark of the focus on:\n%s", name, unseen)
		}
	}
	b.report(t)
}
