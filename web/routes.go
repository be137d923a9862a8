package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// routes registers everything that is not RPC: that is served before Fiber is
// reached.
func (s *Server) routes(app *fiber.App) {
	app.Use(s.secure, s.rescuePage)

	api := app.Group("/api", noStore)
	api.Get("/health", s.health)
	api.Get("/ready", s.ready)
	api.Get("/chains", s.chains)
	api.Get("/metrics/:chain", s.chainMetrics)

	v1 := api.Group("/v1/profiles")
	v1.Get("/", s.listProfiles)
	v1.Get("/:profile/totals", s.scoped(s.getTotals))
	v1.Get("/:profile/requests", s.scoped(s.getRequests))
	v1.Get("/:profile/events", s.scoped(s.getEvents))
	v1.Get("/:profile/chains", s.scoped(s.listChains))
	v1.Get("/:profile/chains/:chain/totals", s.scoped(s.getTotals))
	v1.Get("/:profile/chains/:chain/leaderboard", s.scoped(s.getLeaderboard))
	v1.Get("/:profile/chains/:chain/methods", s.scoped(s.getMethods))
	v1.Get("/:profile/chains/:chain/explain", s.scoped(s.explain))
	v1.Get("/:profile/chains/:chain/providers/:provider", s.scoped(s.getProvider))
	for _, of := range []string{"", "/chains/:chain", "/chains/:chain/providers/:provider"} {
		v1.Get("/:profile"+of+"/badge.svg", s.scoped(s.badge))
	}
	v1.Post("/:profile/chains/:chain/providers/:provider/actions", s.apiAction)
	api.Get("/v1/cluster", s.getCluster)

	app.Get("/metrics", noStore, s.metricsHandler())
	app.Get("/static/*", s.files.serve)

	app.Get("/", s.toDashboard)
	pages := app.Group("/dashboard", compress.New(compress.Config{Level: compress.LevelBestSpeed}))
	pages.Get("/", s.toProfile)
	if s.cfg.Development {
		pages.Get(galleryPath, s.gallery)
	}
	pages.Get("/sign-in", s.getSignIn)
	pages.Post("/sign-in", s.postSignIn)
	pages.Post("/sign-out", s.postSignOut)
	pages.Get("/:profile/palette", noStore, s.palette)
	pages.Get("/:profile", s.page(dashboard.FragmentAttention, dashboard.OverviewOrders(), s.overview))
	pages.Get("/:profile/chains", s.page(dashboard.FragmentChains, dashboard.ChainOrders(), s.chainList, readList))
	pages.Get("/:profile/providers", s.page(dashboard.FragmentProviders, dashboard.ProviderOrders(), s.providerList, readList, readColumns))
	pages.Get("/:profile/regions", s.page(dashboard.FragmentMatrix, nil, s.regionsPage, readRegionMetric))
	pages.Get("/:profile/methods", s.page(dashboard.FragmentMatrix, nil, s.methodsPage, s.readMethods))
	pages.Get("/:profile/requests", s.page(dashboard.FragmentTail, nil, s.requestsPage, readAsked))
	pages.Get("/:profile/events", s.page(dashboard.FragmentEvents, nil, s.eventsPage, s.readEventList))
	pages.Get("/:profile/cluster", s.page(dashboard.FragmentNodeTable, nodeColumns(), s.clusterPage))
	pages.Get("/:profile/playground", s.getPlayground)
	pages.Post("/:profile/playground", s.postPlayground)
	pages.Post("/:profile/playground/load", s.startLoad)
	pages.Post("/:profile/playground/load/stop", s.stopLoad)
	pages.Get("/:profile/system", s.page(dashboard.FragmentRuntime, runtimeColumns(), s.systemPage))
	pages.Get("/:profile/configuration", s.page(dashboard.FragmentProviders, nil, s.configPage))
	pages.Get("/:profile/chains/:chain", s.page(dashboard.FragmentProviders, dashboard.ProviderOrders(), s.chainPage, readEndpoint))
	pages.Get("/:profile/chains/:chain/providers/:provider", s.providerHandler())
	pages.Post("/:profile/chains/:chain/providers/:provider/actions", s.postAction)
}

// noStore keeps figures of now out of caches.
func noStore(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}
