package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// edgeMetrics are the counters the server keeps itself.
type edgeMetrics struct {
	refused *prometheus.CounterVec
	actions *prometheus.CounterVec // by action and result
	tokens  *prometheus.CounterVec // refused, by why: wrong or unread
}

// Why a token let nobody in.
const (
	tokenWrong  = "wrong"
	tokenUnread = "unread" // the caller has to wait
)

// registerMetrics makes the server's own metrics. Gauges and the figures of
// the configuration are read when they are asked for.
func (s *Server) registerMetrics(reg prometheus.Registerer) (*edgeMetrics, error) {
	m := &edgeMetrics{refused: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lasso_edge_refused_total", Help: "Requests refused before routing, by reason.",
	}, []string{"reason"}), actions: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lasso_operator_actions_total", Help: "What operators did to providers of this node, by action and result.",
	}, []string{"action", "result"}), tokens: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lasso_operator_tokens_refused_total", Help: "Tokens that did not let an operator in: wrong, or unread as the caller had sent too many.",
	}, []string{"why"})}
	for _, r := range reasons() {
		m.refused.WithLabelValues(string(r))
	}
	for _, why := range []string{tokenWrong, tokenUnread} {
		m.tokens.WithLabelValues(why)
	}
	collectors := []prometheus.Collector{
		m.refused, m.actions, m.tokens,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lasso_edge_inflight_bytes", Help: "Bytes charged for RPC bodies being served.",
		}, func() float64 { return float64(s.budget.used.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lasso_edge_inflight_calls", Help: "RPC bodies being served.",
		}, func() float64 { return float64(s.budget.calls.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "lasso_config_reload_failures_total", Help: "Configurations that were refused at a reload.",
		}, func() float64 { return float64(s.deps.Catalogs.ReloadState().Failures) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "lasso_config_reloads_total", Help: "Configurations that were taken over at a reload.",
		}, func() float64 { return float64(s.deps.Catalogs.ReloadState().Reloads) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lasso_config_last_reload_success", Help: "1 when the last load of the configuration succeeded, else 0.",
		}, func() float64 {
			if len(s.deps.Catalogs.ReloadState().Problems) > 0 {
				return 0
			}
			return 1
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "lasso_config_loaded_timestamp_seconds", Help: "When the serving configuration was loaded, in Unix time.",
		}, func() float64 { return float64(s.deps.Catalogs.ReloadState().LoadedAt.UnixMilli()) / 1000 }),
	}
	for _, c := range collectors {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// metricsHandler serves the text format of Prometheus.
func (s *Server) metricsHandler() fiber.Handler {
	return adaptor.HTTPHandler(promhttp.HandlerFor(s.deps.Metrics, promhttp.HandlerOpts{}))
}
