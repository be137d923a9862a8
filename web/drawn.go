package web

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/patrickmn/go-cache"
	"github.com/valyala/fasthttp"
)

// Changes tells whether pages have anything new to show. It is safe for
// concurrent use and does not block.
type Changes interface {
	// Revision is another number whenever something was recorded, here or in
	// what other nodes told. It says nothing of what changes with time alone.
	Revision() uint64
}

const (
	// drawnFor is how long a fragment is the same for everybody: figures are
	// not read more often either.
	drawnFor = time.Second
	// quietFor is how long it is while nothing at all is recorded: the finest
	// step of the windows.
	quietFor = 5 * time.Second

	maxDrawing = 256 << 10 // bytes of a fragment that is kept, its key included
	maxDrawn   = 8 << 20   // bytes of all
	maxParts   = 4096      // fragments
	maxPartKey = 2 << 10   // bytes of a key; addresses of our own are shorter
)

// drawn keeps fragments as they were drawn last. However many browsers show a
// page, each of its fragments is gathered and drawn once a second, and one that
// a browser has already is answered 304 without either. It is safe for
// concurrent use.
type drawn struct {
	changes Changes // nil: nothing is ever asked of it
	cache   *cache.Cache
	size    atomic.Int64
	swept   atomic.Int64 // when room was made, Unix nanoseconds
}

// drawing is a fragment. It is not changed once it is kept.
type drawing struct {
	at       time.Time
	revision uint64
	etag     string
	mime     string
	body     []byte // nil: whoever asked for it had it
}

// part answers with a fragment: as it was drawn last where that still holds,
// else as draw makes it.
func (s *Server) part(c *fiber.Ctx, draw func() error) error {
	if s.deps.Changes == nil {
		return draw()
	}
	key, now := s.drawnKey(c), s.cfg.Now()
	if f, had := s.drawn.find(key, c.Get(fiber.HeaderIfNoneMatch), now); f != nil {
		s.partHeaders(c, f.etag)
		if had {
			c.Status(fiber.StatusNotModified)
			return nil
		}
		c.Set(fiber.HeaderContentType, f.mime)
		c.Response().SetBody(f.body) // a copy
		return nil
	}
	f := &drawing{at: now, revision: s.deps.Changes.Revision()} // before: what is recorded meanwhile is not in it
	if err := draw(); err != nil {
		return err
	}
	s.drawn.keep(key, f, c.Response())
	return nil
}

// newDrawn lets go of a fragment after life, which is quietFor but in tests.
func newDrawn(changes Changes, life time.Duration) *drawn {
	d := &drawn{changes: changes, cache: cache.New(life, cache.NoExpiration)}
	d.cache.OnEvicted(func(key string, v any) {
		if f, ok := v.(*drawing); ok {
			d.size.Add(-f.size(key))
		}
	})
	return d
}

func (f *drawing) size(key string) int64 { return int64(len(key) + len(f.body)) }

// drawnKey names what may be shown to whoever sends such a request: what a page
// is made of beside the figures. That is the address as it is written into
// pages, and the cookies that are read.
func (s *Server) drawnKey(c *fiber.Ctx) string {
	return strings.Join([]string{
		s.baseURL(c), c.OriginalURL(), c.Cookies(themeCookie), c.Cookies(densityCookie), c.Cookies(s.cookieName()),
	}, "\x00")
}

// find returns what was drawn for key, unless that has to be drawn anew for
// whoever has the page of the header If-None-Match.
func (d *drawn) find(key, ifNoneMatch string, now time.Time) (f *drawing, had bool) {
	v, _ := d.cache.Get(key)
	f, ok := v.(*drawing)
	if !ok || !d.holds(f, now) {
		return nil, false
	}
	had = matches(ifNoneMatch, f.etag)
	if !had && f.body == nil {
		return nil, false
	}
	return f, had
}

// holds reports whether f is what would be drawn now.
func (d *drawn) holds(f *drawing, now time.Time) bool {
	age := now.Sub(f.at)
	return age >= 0 && (age < drawnFor || age < quietFor && f.revision == d.changes.Revision())
}

// keep keeps the answer that was made of f.
func (d *drawn) keep(key string, f *drawing, res *fasthttp.Response) {
	f.etag = string(res.Header.Peek(fiber.HeaderETag))
	if res.StatusCode() == fiber.StatusOK {
		f.mime = string(res.Header.ContentType())
		f.body = append([]byte{}, res.Body()...)
	}
	size := f.size(key)
	if size > maxDrawing || len(key) > maxPartKey {
		return
	}
	d.cache.Delete(key)
	if d.full(size) {
		// Room is made once a second: to look for it costs more than to draw.
		if last := d.swept.Load(); f.at.UnixNano()-last < int64(drawnFor) || !d.swept.CompareAndSwap(last, f.at.UnixNano()) {
			return
		}
		if d.cache.DeleteExpired(); d.full(size) {
			return
		}
	}
	d.size.Add(size)
	if d.cache.Add(key, f, cache.DefaultExpiration) != nil { // another one was faster
		d.size.Add(-size)
	}
}

// full reports whether there is no room for so many bytes more.
func (d *drawn) full(size int64) bool {
	return d.size.Load()+size > maxDrawn || d.cache.ItemCount() >= maxParts
}
