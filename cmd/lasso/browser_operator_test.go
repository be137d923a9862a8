package main

import (
	"fmt"
	"testing"
	"time"
)

// TestBrowserTabOperator signs in, answers a question and sees the result. What
// is half written stays while the page lives on, and axe finds nothing serious.
func TestBrowserTabOperator(t *testing.T) {
	axe := readAxe(t)
	t.Setenv(adminVariable, testToken)
	s := perform(t, 1)
	b := openTab(t, s.url)
	b.allow("status 403", "Failed to load resource")
	const page = profileRoot + "/chains/ethereum/providers/alder"
	look := func(name string) {
		t.Helper()
		_ = eval[bool](t, b, axe+";true")
		for _, theme := range []string{"dark", "light"} {
			b.prefers(t, theme)
			b.size(t, 1440, 900)
			b.accessible(t, name+", "+theme)
			b.shoot(t, name+"--1440--"+theme)
			b.size(t, 390, 844)
			b.accessible(t, name+", on a phone, "+theme)
			b.shoot(t, name+"--390--"+theme)
			if wide := eval[int](t, b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
				t.Errorf("%s: the page is %d px wider than a phone", name, wide)
			}
		}
		b.size(t, 1440, 900)
	}
	loaded := func(what, script string) {
		t.Helper()
		b.until(t, 10*time.Second, what, `document.readyState === "complete" && (`+script+`)`)
	}
	b.open(t, page)
	look("visitor")
	b.click(t, `#actions a[href*="sign-in"]`)
	loaded("the form", `document.activeElement.id === "token"`)
	b.key(t, "wrong-token-of-this-node\r")
	loaded("a wrong token", `document.body.innerText.includes("not the token")`)
	look("sign-in")
	_ = eval[bool](t, b, `document.getElementById("token").focus(), true`)
	b.key(t, testToken+"\r")
	loaded("signed in", `document.querySelector("#actions a[href*='act=drain']") !== null`)
	look("operator")

	b.click(t, `#actions a[href*="act=drain"]`)
	loaded("the question", `document.querySelector("dialog.ask")?.innerText.includes("Drain Alder RPC on Ethereum, on ")`)
	look("question")
	_ = eval[bool](t, b, `document.getElementById("act-reason").focus(), true`)
	b.key(t, "half written")
	asked := eval[float64](t, b, `performance.now()`)
	b.until(t, 10*time.Second, "fragments were due since", fmt.Sprintf("performance.now() > %f", asked+3000))
	b.until(t, time.Second, "what is written stays", `document.getElementById("act-reason").value === "half written" && document.querySelector("[data-live]").dataset.liveState === "paused"`)
	b.click(t, `.ask button[type=submit]`)
	loaded("the result", `document.querySelector(".toast")?.innerText.includes("Drained Alder RPC on Ethereum") && !location.search.includes("act=")`)
	b.says(t, 10*time.Second, "Drained by an operator: half written")
	look("drained")
	b.click(t, `.toast a[aria-label="Dismiss"]`)
	loaded("dismissed", `document.querySelector(".toast") === null`)

	b.key(t, "k", ctrl)
	b.until(t, 5*time.Second, "the palette is open", `document.getElementById("palette").open`)
	b.key(t, "force open http")
	b.until(t, 5*time.Second, "it offers the action", `document.querySelector("#palette-list [role=option]")?.innerText.includes("Force open HTTP of Alder RPC on Ethereum")`)
	b.key(t, "\r")
	loaded("its question", `document.querySelector("dialog.ask")?.innerText.includes("Force open HTTP")`)
	b.click(t, `.ask a.btn`)
	loaded("left without an answer", `document.querySelector("dialog.ask") === null && document.querySelector("#actions a[href*='act=resume']") !== null`)
	b.click(t, `#actions form[action="/dashboard/sign-out"] button`)
	loaded("signed out", `document.querySelector("#actions a[href*='sign-in']") !== null`)
	b.report(t)
}
