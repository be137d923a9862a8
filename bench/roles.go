package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// play runs one of the programs that are measured or needed for it, until it is
// killed. It prints the address it listens on.
func play(role, listen, target string, o options) error {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", listen) //nolint:noctx // lives as long as the process
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, ln.Addr())
	switch role {
	case "upstream":
		return upstream(ln, o.size, o.delay)
	case "forward":
		return forward(ln, target)
	case "fiber":
		return fiberForward(ln, target)
	}
	return fmt.Errorf("role %q is unknown", role)
}

// upstream answers every call with a result of the given size. It echoes the
// id as far as the load generator's requests need.
func upstream(ln net.Listener, size int, delay time.Duration) error {
	result := `","result":"0x` + strings.Repeat("0", size) + `"}`
	return (&fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
		c.SetContentType("application/json")
		body := c.PostBody()
		if bytes.Contains(body, []byte("eth_chainId")) {
			c.SetBodyString(`{"jsonrpc":"2.0","id":1,"result":"0x1"}`)
			return
		}
		if bytes.Contains(body, []byte("eth_blockNumber")) {
			c.SetBodyString(`{"jsonrpc":"2.0","id":1,"result":"0x10"}`)
			return
		}
		if delay > 0 {
			select {
			case <-time.After(jitter(delay)):
			case <-c.Done(): // the server stops
			}
		}
		c.SetBodyString(`{"jsonrpc":"2.0","id":1` + result[1:])
	}}).Serve(ln)
}

// forward is the floor: the least a Go program does to pass a call on.
func forward(ln net.Listener, target string) error {
	client := &fasthttp.HostClient{Addr: target, MaxConns: 512}
	return (&fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
		req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(req)
		defer fasthttp.ReleaseResponse(resp)
		req.SetRequestURI("http://" + target + "/")
		req.Header.SetMethod(fasthttp.MethodPost)
		req.Header.SetContentType("application/json")
		req.SetBodyRaw(c.PostBody())
		if err := client.Do(req, resp); err != nil {
			c.SetStatusCode(fasthttp.StatusBadGateway)
			return
		}
		c.SetContentType("application/json")
		c.SetBody(resp.Body())
	}}).Serve(ln)
}

// fiberForward adds the framework and a look at the method.
func fiberForward(ln net.Listener, target string) error {
	client := &fasthttp.HostClient{Addr: target, MaxConns: 512}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/rpc/:profile/:chain", func(c *fiber.Ctx) error {
		if !bytes.Contains(c.BodyRaw(), []byte(`"method"`)) {
			return fiber.ErrBadRequest
		}
		req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(req)
		defer fasthttp.ReleaseResponse(resp)
		req.SetRequestURI("http://" + target + "/")
		req.Header.SetMethod(fasthttp.MethodPost)
		req.Header.SetContentType("application/json")
		req.SetBodyRaw(c.BodyRaw())
		if err := client.Do(req, resp); err != nil {
			return fiber.ErrBadGateway
		}
		c.Set(fiber.HeaderContentType, "application/json")
		return c.Send(append([]byte(nil), resp.Body()...))
	})
	return app.Listener(ln)
}
