package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso/static"
	"github.com/lasso-rpc/lasso/views/dashboard"
)

const (
	// agesEvery is how long an unchanged page may answer 304 although the
	// ages on it have grown.
	agesEvery = 10 * time.Second
	// keptPage is the largest buffer that is kept for the next page.
	keptPage = 1 << 20
)

// draw renders a page, or the fragment that is asked for, and sends it whole;
// or 304 when the client has it. The ETag is weak: it is made of the page as it
// would look with ages in steps of agesEvery.
//
// At makes the view of a moment. Drawn is when it is drawn, and zero in what the
// ETag is made of: that a page was drawn again is no news.
func (s *Server) draw(c *fiber.Ctx, fragment string, at func(now, drawn time.Time, age time.Duration) dashboard.View, age time.Duration) error {
	now := s.cfg.Now()
	h := sha256.New()
	coarse, err := pick(at(now.Truncate(agesEvery), time.Time{}, age.Truncate(agesEvery)), fragment)
	if err != nil {
		return err
	}
	if err := coarse.Render(context.Background(), h); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	etag := `W/"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
	s.partHeaders(c, etag)
	if matches(c.Get(fiber.HeaderIfNoneMatch), etag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	fine, err := pick(at(now, now, age), fragment)
	if err != nil {
		return err
	}
	return s.send(c, fine)
}

// partHeaders are those of a page or a part of it, also of one that has not
// changed.
func (s *Server) partHeaders(c *fiber.Ctx, etag string) {
	c.Set(fiber.HeaderETag, etag)
	if c.GetRespHeader(fiber.HeaderCacheControl) == "" { // pages of operators are not kept at all
		c.Set(fiber.HeaderCacheControl, "private, no-cache")
	}
	c.Set(headerBuild, s.build())
	c.Vary(fiber.HeaderCookie, fiber.HeaderAccept)
}

// build names what makes the pages: a page that was made by another one is
// out of date.
func (s *Server) build() string { return strings.TrimSpace(s.cfg.Version + " " + static.Build()) }

// pick is the page, or one fragment of it.
func pick(v dashboard.View, fragment string) (templ.Component, error) {
	if fragment == "" {
		return v.Page(), nil
	}
	if part, ok := v.Fragment(fragment); ok {
		return part, nil
	}
	return nil, &clientError{status: fiber.StatusBadRequest, message: "fragment: this page has no part '" + clip(fragment) + "'"}
}

// send renders into a buffer first, so that a page arrives whole or not at all.
func (s *Server) send(c *fiber.Ctx, part templ.Component) error {
	buf, _ := s.buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= keptPage {
			buf.Reset()
			s.buffers.Put(buf)
		}
	}()
	if err := part.Render(context.Background(), buf); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	c.Type("html", "utf-8")
	if _, ok := part.(dashboard.Data); ok {
		c.Type("json", "utf-8")
	}
	c.Response().SetBody(buf.Bytes()) // a copy: the buffer goes back
	return nil
}

// matches reports whether If-None-Match names the tag, by weak comparison.
func matches(header, etag string) bool {
	if header == "" {
		return false
	}
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
