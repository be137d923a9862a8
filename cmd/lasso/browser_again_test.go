package main

import (
	"regexp"
	"testing"
	"time"
)

// TestBrowserSortAgain changes what a table is ordered by behind the page: rows
// stay, the page says how many are out of place and of when the order is, and
// sorts them when it is told to.
func TestBrowserSortAgain(t *testing.T) {
	s := perform(t, 1)
	b := openTab(t, s.url)
	const (
		path  = profileRoot + "/providers?sort=-share"
		names = `[...document.querySelectorAll("main tbody tr[id^=pr-]")].map(r => r.id).join()`
		chip  = `document.querySelector("#providers [data-again]")`
		order = `document.querySelector("#providers [aria-sort]").textContent.replace(/\s+/g, " ").trim()`
	)
	b.open(t, path)
	b.until(t, 10*time.Second, "rows are there", `document.querySelectorAll("main tbody tr[id^=pr-]").length > 2`)
	if eval[bool](t, b, chip+`.checkVisibility()`) {
		t.Error("a fresh table says that it is out of order")
	}
	if got := eval[string](t, b, order); !regexp.MustCompile(`^Share of chain ?, order of \d\d:\d\d:\d\d$`).MatchString(got) {
		t.Errorf("the arrow says %q, want of when the order is", got)
	}
	// The first two rows change places on the page: to the server they are out of order.
	eval[bool](t, b, `(() => { const body = document.querySelector("#providers tbody"); body.insertBefore(body.children[1], body.children[0]); return true; })()`)
	frozen := eval[string](t, b, names)
	since := eval[string](t, b, `document.querySelector("#providers [data-order]").dateTime`)
	b.until(t, 15*time.Second, "the page says so", chip+`.checkVisibility() && /^[1-9]\d* changed place · Sort again$/.test(`+chip+`.textContent.replace(/\s+/g, " ").trim())`)
	if got := eval[string](t, b, names); got != frozen {
		t.Errorf("rows moved by themselves: %s, want %s", got, frozen)
	}
	if got := eval[string](t, b, `document.querySelector("#providers [data-order]").dateTime`); got != since {
		t.Errorf("the order is of %s after an update, want still of %s", got, since)
	}
	eval[bool](t, b, `window.before = true`)
	b.key(t, "s")
	b.until(t, 10*time.Second, "the page is sorted again at the same address",
		`window.before === undefined && document.readyState === "complete" && location.pathname + location.search === "`+path+`" && !`+chip+`.checkVisibility()`)
	if got := eval[string](t, b, `document.querySelector("#providers [data-order]").dateTime`); got == since {
		t.Errorf("sorted again, the order is still of %s", got)
	}
	b.report(t)
}
