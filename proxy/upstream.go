package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lasso-rpc/lasso"
)

// upstreamConfig bounds what one upstream may take from us.
type upstreamConfig struct {
	maxConns    int
	maxResponse int           // bytes of a response body
	idle        time.Duration // idle connections are dropped after this
	dialTimeout time.Duration
	userAgent   string
}

// upstream sends bodies to one HTTP endpoint. It never logs and its errors
// never contain the URL. Safe for concurrent use.
type upstream struct {
	url      string // as configured; never shown to anybody
	client   *fasthttp.HostClient
	secrets  [][]byte  // never shown to anybody
	requests sync.Pool // *fasthttp.Request, with address and headers set
}

// dialer resolves names with a short cache and remembers nothing else.
func newDialer() *fasthttp.TCPDialer {
	return &fasthttp.TCPDialer{DNSCacheDuration: 30 * time.Second}
}

func newUpstream(p *lasso.Provider, cfg upstreamConfig, dialer *fasthttp.TCPDialer) (*upstream, error) {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("provider %s: its url can not be used", p.ID)
	}
	isTLS := u.Scheme == "https"
	up := &upstream{url: p.URL, secrets: secretsOf(u, p.Headers)}
	tlsConfig := &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(16)}
	up.client = &fasthttp.HostClient{
		Addr:                      fasthttp.AddMissingPort(u.Host, isTLS),
		IsTLS:                     isTLS,
		MaxConns:                  cfg.maxConns,
		MaxIdleConnDuration:       cfg.idle,
		MaxResponseBodySize:       cfg.maxResponse,
		MaxIdemponentCallAttempts: 1,
		NoDefaultUserAgentHeader:  true,
		DisablePathNormalizing:    true,
		ReadBufferSize:            16 << 10,
		RetryIfErr:                func(*fasthttp.Request, int, error) (bool, bool) { return false, false },
		DialTimeout: func(addr string, timeout time.Duration) (net.Conn, error) {
			hurried := timeout > 0 && timeout < cfg.dialTimeout
			if !hurried {
				timeout = cfg.dialTimeout
			}
			conn, err := dial(dialer, addr, timeout, isTLS, tlsConfig)
			if err != nil {
				return nil, &dialError{err: err, hurried: hurried}
			}
			return conn, nil
		},
	}
	target := *u
	target.Fragment = ""
	up.requests.New = func() any {
		r := &fasthttp.Request{}
		r.SetRequestURI(target.String())
		r.Header.SetMethod(fasthttp.MethodPost)
		r.Header.SetContentType("application/json")
		r.Header.SetUserAgent(cfg.userAgent)
		for _, h := range p.Headers {
			r.Header.Set(h.Name, h.Value)
		}
		return r
	}
	return up, nil
}

func dial(d *fasthttp.TCPDialer, addr string, timeout time.Duration, isTLS bool, cfg *tls.Config) (net.Conn, error) {
	deadline := time.Now().Add(timeout)
	conn, err := d.DialDualStackTimeout(addr, timeout)
	if err != nil || !isTLS {
		return conn, err
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	secure := tls.Client(conn, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// dialError marks a failure before anything was sent.
type dialError struct {
	err     error
	hurried bool // the call had less time left than a connection may take
}

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// exchange is how sending one body went. Exactly one of a status and a fault
// is set.
type exchange struct {
	status  int
	sent    bool // the request, or a part of it, may have reached the upstream
	closed  bool // the connection ended before the first byte of an answer
	fault   lasso.Category
	message string // of the fault; short, without address
}

// do sends body and fills resp with an answer of at most that many bytes; 0 is
// as many as any may have. It returns by deadline. resp belongs to the caller.
// It is not repeated on any failure.
func (u *upstream) do(resp *fasthttp.Response, body []byte, deadline time.Time, most int) exchange {
	req, _ := u.requests.Get().(*fasthttp.Request)
	req.SetBodyRaw(body)
	limited := most > 0 && most < u.client.MaxResponseBodySize
	resp.StreamBody = limited
	err := u.client.DoDeadline(req, resp, deadline)
	req.ResetBody()
	u.requests.Put(req)
	if err == nil && limited {
		err = readAtMost(resp, most)
	}
	if err == nil {
		return exchange{status: resp.StatusCode(), sent: true}
	}
	x := faultOf(err)
	if limited && errors.Is(err, fasthttp.ErrBodyTooLarge) {
		x.message = fmt.Sprintf("answer larger than %.4g MiB", float64(most)/(1<<20))
	}
	return x
}

// readAtMost reads the body of resp, which is still on its connection. One that
// is larger closes the connection.
func readAtMost(resp *fasthttp.Response, most int) error {
	stream := resp.BodyStream()
	if stream == nil {
		return nil // an answer without a body
	}
	defer func() { _ = resp.CloseBodyStream() }()
	size := resp.Header.ContentLength()
	if size > most {
		return fasthttp.ErrBodyTooLarge
	}
	body := bytes.NewBuffer(make([]byte, 0, max(size, 0)+bytes.MinRead))
	switch _, err := body.ReadFrom(io.LimitReader(stream, int64(most)+1)); {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case body.Len() > most:
		return fasthttp.ErrBodyTooLarge
	}
	_ = resp.CloseBodyStream() // the connection is free from here on
	resp.SwapBody(body.Bytes())
	return nil
}

// fresh drops idle connections, so that the next request opens a new one.
func (u *upstream) fresh() { u.client.CloseIdleConnections() }

// faultOf names a transport failure.
func faultOf(err error) exchange {
	var d *dialError
	switch {
	case errors.As(err, &d) && d.hurried && late(d.err):
		return exchange{fault: lasso.Timeout, message: dialMessage(d.err)}
	case errors.As(err, &d):
		return exchange{fault: lasso.NetworkError, message: dialMessage(d.err)}
	case errors.Is(err, fasthttp.ErrNoFreeConns):
		return exchange{fault: lasso.LocalCapacity, message: "all connections to it are in use"}
	case errors.Is(err, fasthttp.ErrTimeout), errors.Is(err, fasthttp.ErrDialTimeout):
		return exchange{sent: true, fault: lasso.Timeout, message: "no answer in time"}
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		// No fault, but no refusal either: the call was executed.
		return exchange{sent: true, fault: lasso.CapabilityViolation, message: "answer larger than the response limit"}
	case errors.Is(err, fasthttp.ErrConnectionClosed), writing(err), errors.Is(err, net.ErrClosed):
		// fasthttp reports any end of a connection before the first byte of the
		// answer as closed; one that comes later has another error.
		return exchange{sent: true, closed: true, fault: lasso.NetworkError, message: "connection closed without an answer"}
	}
	if late(err) {
		return exchange{sent: true, fault: lasso.Timeout, message: "no answer in time"}
	}
	return exchange{sent: true, fault: lasso.NetworkError, message: "the answer broke off or was not HTTP"}
}

// writing reports whether the connection ended while the request was written.
func writing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "write" && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET))
}

// late reports whether a time limit ended it.
func late(err error) bool {
	var n net.Error
	return errors.Is(err, fasthttp.ErrDialTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// dialMessage says why no connection could be made, without naming the
// address.
func dialMessage(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &dns):
		return "its host name does not resolve"
	case errors.As(err, &cert):
		return "its TLS certificate is not valid for it"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to it"
	case late(err):
		return "no connection in time"
	case strings.Contains(err.Error(), "tls:"):
		return "TLS handshake failed"
	}
	return "no connection"
}
