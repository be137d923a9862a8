package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/lasso-rpc/lasso/static"
)

// assets are the embedded files, compressed once.
type assets struct {
	zipped map[string][]byte // by name; only where it is worth it
}

func loadAssets() (*assets, error) {
	a := &assets{zipped: map[string][]byte{}}
	for _, name := range static.Names() {
		f, _, _ := static.Open(name)
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return nil, fmt.Errorf("compress %s: %w", name, err)
		}
		if _, err := z.Write(f.Body); err != nil {
			return nil, fmt.Errorf("compress %s: %w", name, err)
		}
		if err := z.Close(); err != nil {
			return nil, fmt.Errorf("compress %s: %w", name, err)
		}
		if b.Len() < len(f.Body)*9/10 {
			a.zipped[name] = b.Bytes()
		}
	}
	return a, nil
}

// serve answers GET /static/*. A URL that carries the hash of its content may
// be kept for ever; one without is asked for again each time.
func (a *assets) serve(c *fiber.Ctx) error {
	f, immutable, ok := static.Open(c.Params("*"))
	if !ok {
		return fiber.ErrNotFound
	}
	cache := "no-cache"
	if immutable {
		cache = static.CacheControl
	}
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set(fiber.HeaderContentType, f.Type)
	body, tag := f.Body, f.ETag
	if z, ok := a.zipped[f.Name]; ok {
		c.Vary(fiber.HeaderAcceptEncoding)
		if acceptsGzip(c.Get(fiber.HeaderAcceptEncoding)) {
			c.Set(fiber.HeaderContentEncoding, "gzip")
			body, tag = z, strings.TrimSuffix(f.ETag, `"`)+`-gz"`
		}
	}
	c.Set(fiber.HeaderETag, tag)
	if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Response().Header.Del(fiber.HeaderContentEncoding)
		c.Status(fiber.StatusNotModified)
		return nil
	}
	c.Response().SetBodyRaw(body) // shared and never changed
	return nil
}

// acceptsGzip reads Accept-Encoding; a weight of zero is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding = strings.TrimSpace(coding); coding != "gzip" && coding != "*" {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		if !found {
			return true
		}
		v, err := strconv.ParseFloat(q, 64)
		return err == nil && v > 0
	}
	return false
}
