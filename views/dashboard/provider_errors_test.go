package dashboard_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lasso-rpc/lasso/views/dashboard"
	"github.com/lasso-rpc/lasso/views/ui"
)

// TestErrorsLeadToRequests: a category and its messages lead to the requests
// that the provider failed with it.
func TestErrorsLeadToRequests(t *testing.T) {
	t.Parallel()
	c, _ := providerPage().Fragment(dashboard.FragmentErrors)
	var got []string
	for n := range parse(t, render(t, c)).Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && attr(n, "class") == "nm" {
			got = append(got, text(n)+" "+attr(n, "href"))
		}
	}
	const to = " /dashboard/production/requests?chain=chain-1&provider=provider-0&q=server_error"
	if want := []string{"Server error" + to, "HTTP 502" + to}; !slices.Equal(got, want) {
		t.Errorf("links = %q, want %q", got, want)
	}
}

// TestClosedBreakerNamesItsLastError: failures that do not open it yet have a
// cause too; one that did none has none.
func TestClosedBreakerNamesItsLastError(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]string{0: "0 of 5 failures", 2: "2 of 5 failures, last: HTTP 502"} {
		m := providerPage()
		m.Row.Breakers = []ui.Breaker{{Transport: "HTTP", Circuit: ui.Closed, State: ui.State{Status: ui.Healthy}, Failures: failures, Threshold: 5, LastError: "HTTP 502"}}
		c, _ := m.Fragment(dashboard.FragmentStatus)
		words := text(parse(t, render(t, c)))
		if !strings.Contains(words, want) || strings.Contains(words, "last:") != strings.Contains(want, "last:") {
			t.Errorf("%d failures: %q, want %q in it", failures, words, want)
		}
	}
}
