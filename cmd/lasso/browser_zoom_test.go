package main

import (
	"testing"
	"time"
)

// TestBrowserZoom drags over a chart: all charts of the page follow, the
// address keeps the span, and a page that is opened there shows it.
func TestBrowserZoom(t *testing.T) {
	s := perform(t, 1)
	b := openTab(t, s.url)
	const path = profileRoot + "/chains/1?range=5m"
	b.open(t, path)
	b.until(t, 10*time.Second, "charts are drawn", `document.querySelectorAll(".u-over").length > 0`)
	const drag = `(() => {
		const over = document.querySelector(".u-over"), box = over.getBoundingClientRect();
		const send = (to, kind, at, more) => to.dispatchEvent(new MouseEvent(kind, { bubbles: true, clientX: box.left + box.width * at, clientY: box.top + 20, movementX: 9, ...more }));
		send(over, "mouseenter", 0.4); send(over, "mousemove", 0.4); send(over, "mousedown", 0.4);
		send(over, "mousemove", 0.8, { buttons: 1 }); send(document, "mouseup", 0.8);
		return true;
	})()`
	eval[bool](t, b, drag)
	b.until(t, 5*time.Second, "the address has the span", `/[?&]zoom=\d+-\d+/.test(location.search)`)
	span := eval[float64](t, b, `(([from, to]) => to - from)(new URLSearchParams(location.search).get("zoom").split("-").map(Number))`)
	if span < 60 || span > 180 { // four tenths of five minutes
		t.Errorf("the span is %v s, want about 120", span)
	}
	at := eval[string](t, b, `location.pathname + location.search`)
	b.open(t, at)
	b.until(t, 10*time.Second, "charts are drawn again", `document.querySelectorAll(".u-over").length > 0`)
	b.until(t, 5*time.Second, "a fragment has come", `document.querySelector("[data-live-age]").innerText.includes(" s ago")`)
	if got := eval[string](t, b, `location.pathname + location.search`); got != at { // a chart that shows all takes the span out of the address
		t.Errorf("opened again, the address is %s, want %s", got, at)
	}
	eval[bool](t, b, `document.querySelector(".u-over").dispatchEvent(new MouseEvent("dblclick", { bubbles: true }))`)
	b.until(t, 5*time.Second, "all is seen again", `!location.search.includes("zoom")`)
	b.open(t, path+"&zoom=1-2")
	b.until(t, 10*time.Second, "a span that is past is left out", `!location.search.includes("zoom")`)
	b.report(t)
}
