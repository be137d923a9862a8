package main

import (
	"testing"
	"time"
)

// TestBrowserPartFails: a part that gets no answer says so at its own place, and
// the rest of the page goes on.
func TestBrowserPartFails(t *testing.T) {
	s := perform(t, 1)
	b := openTab(t, s.url)
	b.open(t, profileRoot)
	b.says(t, 10*time.Second, "Live")
	b.allow("status 400", "status of 400", "Response Status Error Code 400", "htmx:responseError")
	eval[bool](t, b, `(() => {
		const open = XMLHttpRequest.prototype.open;
		window.bad = true;
		XMLHttpRequest.prototype.open = function (verb, url, ...rest) {
			return open.call(this, verb, window.bad ? url.replace("fragment=activity", "fragment=none") : url, ...rest);
		};
		return true;
	})()`)
	t.Logf("said so after %v", b.until(t, 30*time.Second, "the part says that it is not updated",
		`/^Not updated\. HTTP 400, request \S+ Try again$/.test(document.querySelector("#activity > .out")?.innerText.replace(/\s+/g, " ").trim())`))
	if got := eval[int](t, b, `document.querySelectorAll(".out").length`); got != 1 {
		t.Errorf("%d parts say that they are not updated, want 1", got)
	}
	eval[bool](t, b, `(window.figures = document.getElementById("figures").innerText, true)`)
	b.until(t, 10*time.Second, "the other parts go on, and the page is live",
		`window.figures !== document.getElementById("figures").innerText && document.querySelector("[data-live]").dataset.liveState === "live"`)
	eval[bool](t, b, `(window.bad = false, true)`)
	b.click(t, "#activity > .out button")
	b.until(t, 10*time.Second, "the part is whole again", `document.querySelector(".out") === null`)
	b.report(t)
}
