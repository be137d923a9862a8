package web

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso"
)

// actionRequest is the body of an action over the API.
type actionRequest struct {
	Action    string `json:"action"`
	Transport string `json:"transport"`
	Reason    string `json:"reason"`
}

// apiAction does one action for a client that sends the token of the node.
func (s *Server) apiAction(c *fiber.Ctx) error {
	if err := s.bearer(c); err != nil {
		s.auditRefused(c, nil, err)
		return err
	}
	v := &visit{}
	var err error
	if v.profile, err = s.findProfile(param(c, "profile")); err != nil {
		return err
	}
	if v.chain, err = chainOf(c, v.profile); err != nil {
		return err
	}
	if v.provider, err = providerOf(v.profile, v.chain, param(c, "provider")); err != nil {
		return err
	}
	body, err := readBody(c, fiber.MIMEApplicationJSON, maxSmallForm)
	if err != nil {
		return err
	}
	var r actionRequest
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil || !errors.Is(dec.Decode(new(any)), io.EOF) {
		return &clientError{status: fiber.StatusBadRequest, message: `the body must be one JSON object such as {"action":"drain","reason":"maintenance"}, with action, transport and reason only`}
	}
	o, err := orderOf(v, r.Action, r.Transport, r.Reason)
	if err != nil {
		return err
	}
	switch result := s.operate("token", s.from(c), o); result {
	case lasso.OrderTooSoon:
		c.Set(fiber.HeaderRetryAfter, "5")
		return &clientError{status: fiber.StatusTooManyRequests, message: "it was checked on demand less than 5 s ago"}
	case lasso.OrderNotFound, lasso.OrderRefused:
		return &clientError{status: fiber.StatusNotFound, message: "this node has no such provider any more, or not that transport", what: "provider", name: string(v.provider.ID)}
	case lasso.OrderDone, lasso.OrderUnchanged:
		data := fiber.Map{
			"action": o.Action, "result": result, "node_id": s.cfg.Node, "region": s.cfg.Region,
			"profile": o.Route.Profile, "chain_id": o.Route.Chain, "provider_id": o.Route.Provider, "reason": o.Reason,
		}
		if o.Action.OfBreaker() {
			data["transport"] = o.Route.Transport
		}
		return c.JSON(fiber.Map{"data": data})
	}
	return nil
}

// bearer checks the token that an API client sends.
func (s *Server) bearer(c *fiber.Ctx) error {
	if !s.actsHere() {
		return actionsOff()
	}
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
		return &clientError{status: fiber.StatusUnauthorized, message: "send the token of this node as Authorization: Bearer"}
	}
	ok, err := s.admit(c, strings.TrimSpace(token))
	if err == nil && !ok {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer error="invalid_token"`)
		return &clientError{status: fiber.StatusUnauthorized, message: "that is not the token of this node"}
	}
	return err
}
