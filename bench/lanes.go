package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// process is a lane: a running program under measurement.
type process struct {
	name string
	url  string
	addr string
	cmd  *exec.Cmd
}

func (p *process) stop() {
	if p.cmd.Process == nil {
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // the group: nginx has workers
	_ = p.cmd.Wait()
}

func startRole(ctx context.Context, role, target string, o options) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-role", role, "-target", target, "-size", strconv.Itoa(o.size), "-delay", o.delay.String()) //nolint:gosec // ourselves
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name: role, cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	p.addr = strings.TrimSpace(line)
	p.url = "http://" + p.addr + "/rpc/public/ethereum"
	return p, nil
}

func startLanes(ctx context.Context, o options, dir string, up *process) (lanes []*process, err error) {
	for _, r := range []struct{ role, name string }{{"forward", "fasthttp forwarder"}, {"fiber", "Fiber with look-up"}} {
		p, err := startRole(ctx, r.role, up.addr, o)
		if err != nil {
			return lanes, err
		}
		p.name = r.name
		lanes = append(lanes, p)
	}
	p, err := startLasso(ctx, o, dir, up, "lasso", false)
	if err != nil {
		return lanes, err
	}
	lanes = append(lanes, p)
	for _, start := range []func(context.Context, string, *process) (*process, error){startNginx, startHAProxy} {
		p, err := start(ctx, dir, up)
		if err != nil {
			fmt.Fprintln(os.Stderr, "left out:", err)
			continue
		}
		lanes = append(lanes, p)
	}
	return lanes, nil
}

// buildLasso returns the binary to measure.
func buildLasso(ctx context.Context, o options, dir string) (string, error) {
	if o.lasso != "" {
		return o.lasso, nil
	}
	binary := filepath.Join(dir, "lasso")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/lasso") //nolint:gosec // a path of ours
	build.Dir = ".."                                                              // the module that is measured
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build lasso: %w", err)
	}
	return binary, nil
}

// startLasso starts a node on the upstream, with more of the environment than
// ours and, when nice, at the lowest priority.
func startLasso(ctx context.Context, o options, dir string, up *process, name string, nice bool, env ...string) (*process, error) {
	binary, err := buildLasso(ctx, o, dir)
	if err != nil {
		return nil, err
	}
	profile := fmt.Sprintf("---\nname: Bench\nslug: public\n---\nchains:\n  ethereum:\n    chain_id: 1\n    providers:\n      - {id: a, url: \"http://%s/a\"}\n      - {id: b, url: \"http://%s/b\"}\n", up.addr, up.addr)
	if err := os.WriteFile(filepath.Join(dir, "public.yml"), []byte(profile), 0o600); err != nil {
		return nil, err
	}
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, program{
		name: name, addr: addr, path: binary, env: env, nice: nice,
		args: []string{"serve", "--listen", addr, "--profiles", dir, "--log-level", "error"},
	})
}

func startNginx(ctx context.Context, dir string, up *process) (*process, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf(`daemon off; worker_processes 2; pid %[1]s/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  upstream up { server %[2]s; keepalive 128; }
  server { listen %[3]s; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
`, dir, up.addr, addr)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, program{name: "nginx proxy_pass", addr: addr, path: "nginx", args: []string{"-c", file, "-p", dir}})
}

func startHAProxy(ctx context.Context, dir string, up *process) (*process, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf(`global
  maxconn 2000
  nbthread 2
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse always
frontend f
  bind %s
  default_backend b
backend b
  server s %s
`, addr, up.addr)
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	return start(ctx, program{name: "HAProxy", addr: addr, path: "haproxy", args: []string{"-db", "-f", file}})
}

// program is what a lane runs.
type program struct {
	name, addr, path string
	args, env        []string
	nice             bool
}

// start runs a program and waits until it answers a call.
func start(ctx context.Context, what program) (*process, error) {
	path, err := exec.LookPath(what.path)
	if err != nil {
		return nil, fmt.Errorf("%s is not installed", what.path)
	}
	cmd := exec.CommandContext(ctx, path, what.args...) //nolint:gosec // a fixed list of programs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), what.env...)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name: what.name, addr: what.addr, url: "http://" + what.addr + "/rpc/public/ethereum", cmd: cmd}
	if what.nice {
		if err := lower(cmd); err != nil {
			p.stop()
			return nil, fmt.Errorf("lower the priority of %s: %w", what.name, err)
		}
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		status, _, err := post(p.url)
		if err == nil && status == fasthttp.StatusOK {
			return p, nil
		}
		select {
		case <-ctx.Done():
			p.stop()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s did not answer within ten seconds", what.name)
}

func post(url string) (int, []byte, error) {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(url)
	req.Header.SetMethod(fasthttp.MethodPost)
	req.Header.SetContentType("application/json")
	req.SetBodyString(callBody)
	err := fasthttp.DoTimeout(req, resp, 2*time.Second)
	return resp.StatusCode(), append([]byte(nil), resp.Body()...), err
}

func freeAddress(ctx context.Context) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
