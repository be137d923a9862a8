package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/web"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The HTTP server's clock and its compressors live as long as the process.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker"),
		// The pool of workers looks every ten seconds whether it was stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

func TestNewReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := web.New(web.Config{MaxBody: 10, MaxInflight: 5, ReadTimeout: -1}, web.Deps{})
	if err == nil {
		t.Fatal("New accepted nothing at all")
	}
	for _, want := range []string{"max in-flight bytes", "timeouts", "router: required", "states: required", "catalogs: required", "figures: required", "board: required", "tail: required", "cluster: required", "metrics: required", "registerer: required", "log: required"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
	reg := prometheus.NewRegistry()
	deps := web.Deps{Router: &router{}, States: &states{}, Catalogs: &catalogs{catalog: testCatalog()}, Figures: newFigures(), Board: board{&states{}}, Tail: newFigures(), Cluster: alone{}, Methods: methods{}, Operator: &orders{}, Metrics: reg, Registerer: reg, Log: slog.New(slog.DiscardHandler)}
	if _, err := web.New(web.Config{}, deps); err != nil {
		t.Errorf("New: %v", err)
	}
	if _, err := web.New(web.Config{}, deps); err == nil {
		t.Error("New registered its metrics twice without an error")
	}
}

// TestShutdownFinishesCalls stops the server with a call in flight, an idle
// connection and one that never said a word: the call gets its answer, nothing
// new is accepted, and nobody else is waited for.
func TestShutdownFinishesCalls(t *testing.T) {
	t.Parallel()
	r := setup(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	r.router.serve = func(context.Context, *lasso.Request) lasso.Response {
		close(entered)
		<-leave
		return lasso.Response{Status: 200, Body: []byte(`{"late":true}`)}
	}
	silent := r.dial()
	idle := r.dial()
	r.exchange(idle, "GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
	done := make(chan answer, 1)
	go func() { done <- r.post("/rpc/1", "{}") }()
	<-entered

	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		stopped <- r.server.Shutdown(ctx)
	}()
	for r.accepts() { // until the listener is closed
	}
	select {
	case err := <-stopped:
		t.Fatalf("Shutdown returned %v while a call was in flight", err)
	default:
	}
	close(leave)
	if res := <-done; res.status != 200 || res.body != `{"late":true}` {
		t.Errorf("the call in flight: %d %s", res.status, res.body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	for name, conn := range map[string]net.Conn{"silent": silent, "idle": idle} {
		if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("the %s connection is still open: %v", name, err)
		}
	}
}

// TestShutdownGivesUp ends with calls that do not: they are canceled.
func TestShutdownGivesUp(t *testing.T) {
	t.Parallel()
	r := setup(t)
	entered, ended := make(chan struct{}), make(chan struct{})
	r.router.serve = func(ctx context.Context, _ *lasso.Request) lasso.Response {
		close(entered)
		<-ctx.Done()
		close(ended)
		return lasso.Response{Status: 200, Body: []byte(`{}`)}
	}
	done := make(chan answer, 1)
	go func() { done <- r.post("/rpc/1", "{}") }()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown = %v, want context.DeadlineExceeded", err)
	}
	<-ended
	<-done
}

func TestShutdownBeforeServe(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	s, err := web.New(web.Config{}, web.Deps{
		Router: &router{}, States: &states{}, Catalogs: &catalogs{catalog: testCatalog()}, Figures: newFigures(), Board: board{&states{}}, Tail: newFigures(), Cluster: alone{}, Methods: methods{}, Operator: &orders{},
		Metrics: reg, Registerer: reg, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(ln); err != nil {
		t.Errorf("Serve after Shutdown: %v", err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want a closed listener", err)
	}
}

func (r *rig) dial() net.Conn {
	r.Helper()
	var d net.Dialer
	conn, err := d.DialContext(r.Context(), "tcp", r.addr)
	if err != nil {
		r.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	r.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (r *rig) accepts() bool {
	var d net.Dialer
	conn, err := d.DialContext(r.Context(), "tcp", r.addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// exchange sends a request and reads some of the answer.
func (r *rig) exchange(conn net.Conn, request string) {
	r.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		r.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 64)); err != nil {
		r.Fatal(err)
	}
}
