package web

import "github.com/lasso-rpc/lasso"

// latencies are milliseconds; null where no call was answered.
type latencies struct {
	Avg *float64 `json:"avg_ms"`
	P50 *float64 `json:"p50_ms"`
	P90 *float64 `json:"p90_ms"`
	P95 *float64 `json:"p95_ms"`
	P99 *float64 `json:"p99_ms"`
	Max *float64 `json:"max_ms"`
}

func latenciesOf(q lasso.Quantiles, success float64) latencies {
	m := func(v float64) *float64 { return measured(v, success) }
	return latencies{m(q.Avg), m(q.P50), m(q.P90), m(q.P95), m(q.P99), m(q.Max)}
}

// measured is a latency, or null where no call was answered: where the success
// rate is 0.
func measured(v, success float64) *float64 {
	if success == 0 {
		return nil
	}
	return &v
}

// ratio is a success rate, or null where no caller waited for an answer: where
// no call was answered, and none failed.
func ratio(success float64, failed uint64) *float64 {
	if success == 0 && failed == 0 {
		return nil
	}
	return &success
}

// failed counts the client calls that were not answered, those whose caller
// left not included: what the success rate is made of.
func failed(f *lasso.CallFigures) uint64 {
	return f.Failed - min(f.Errors[lasso.Canceled.String()], f.Failed)
}
