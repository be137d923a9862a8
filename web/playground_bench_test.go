package web_test

import (
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

// BenchmarkPlaygroundPoll asks for a run that is kept, over HTTP and with the
// client's own allocations: 1 MiB of logs from each of two providers, which
// differ in one place. Facts is what an open page polls.
func BenchmarkPlaygroundPoll(b *testing.B) {
	logs := func(last string) string {
		entry := `{"address":"0x` + strings.Repeat("a", 40) + `","data":"0x` + strings.Repeat("0", 200) + `","logIndex":"0x1","topics":["0x` + strings.Repeat("b", 64) + `"]},`
		return `"result":[` + strings.Repeat(entry, 1<<20/len(entry)) + `"` + last + `"]`
	}
	r := setup(b)
	r.router.serve = says(map[lasso.ProviderID]string{"alchemy": logs("x"), "drpc": logs("y")})
	to := r.form(playgroundPath, call()).header.Get("Location")
	for _, part := range []string{"facts", "answers", ""} {
		b.Run("fragment="+part, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if res := r.get(to + "&fragment=" + part); res.status != 200 {
					b.Fatalf("status %d", res.status)
				}
			}
		})
	}
}
