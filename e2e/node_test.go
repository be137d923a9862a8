package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// node is one geth process. It keeps its port and its data over restarts.
type node struct {
	bin, dir, name string

	port int
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
	log  string        // file with its output
}

// startNode runs a geth on a copy of the sealed chain until the test ends.
func startNode(t *testing.T, name string) *node {
	t.Helper()
	n := &node{bin: env.geth, dir: filepath.Join(t.TempDir(), name), name: name}
	if err := os.CopyFS(n.dir, os.DirFS(env.chain.dir)); err != nil {
		t.Fatalf("copy chain: %v", err)
	}
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("%s: end of log:\n%s", name, tail(n.log, 30))
		}
	})
	n.restart(t)
	return n
}

// url is where the node answers JSON-RPC.
func (n *node) url() string { return fmt.Sprintf("http://127.0.0.1:%d", n.port) }

// restart starts the process and waits until it answers with the whole chain.
func (n *node) restart(t *testing.T) {
	t.Helper()
	if err := n.start(t.Context()); err != nil {
		t.Fatalf("%s: %v\n%s", n.name, err, tail(n.log, 30))
	}
	_, body := post(t, n.url(), `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`)
	if want := fmt.Sprintf(`"0x%x"`, env.chain.head); !bytes.Contains(body, []byte(want)) {
		t.Fatalf("%s: head after start: got %s, want %s", n.name, body, want)
	}
}

// start runs the process and returns when it answers.
func (n *node) start(ctx context.Context) error {
	if n.port == 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		n.port = port
	}
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	n.log = n.dir + ".log"
	out, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()

	n.cmd = exec.Command(n.bin,
		"--dev", "--dev.period", "0", "--datadir", n.dir,
		"--state.scheme", "hash", "--gcmode", "archive", "--snapshot=false", "--cache", "32",
		"--http", "--http.addr", "127.0.0.1", "--http.port", strconv.Itoa(n.port),
		"--http.api", "eth,net,web3,debug,txpool",
		"--txpool.nolocals", "--ipcdisable", "--port", "0", "--nodiscover", "--maxpeers", "0", "--authrpc.port", "0",
	)
	n.cmd.Stdout, n.cmd.Stderr = out, out
	n.done = make(chan struct{})
	if err := n.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait() // how it ended is of no interest: it is stopped by signals
		close(done)
	}(n.cmd, n.done)
	return poll(ctx, time.Minute, 50*time.Millisecond, func(ctx context.Context) error {
		select {
		case <-n.done:
			return fmt.Errorf("geth ended: %w", errGiveUp)
		default:
		}
		_, _, err := request(ctx, http.MethodPost, n.url(), `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`)
		return err
	})
}

// kill ends the process with SIGKILL and waits for it.
func (n *node) kill() {
	if n.cmd == nil || n.cmd.Process == nil {
		return
	}
	_ = n.cmd.Process.Kill() // an error means that it has ended already
	<-n.done
}

// stop ends the process in good order.
func (n *node) stop() error {
	if err := n.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-n.done:
		return nil
	case <-time.After(time.Minute):
		n.kill()
		return errors.New("geth did not stop within a minute")
	}
}

// freePort asks the kernel for a loopback port that is free now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// errGiveUp in a chain ends a poll at once.
var errGiveUp = errors.New("giving up")

// poll calls try until it returns nil, the limit passes, or it returns
// errGiveUp. It returns the last error.
func poll(ctx context.Context, limit, every time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil || errors.Is(err, errGiveUp) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("within %v: %w", limit, err)
		case <-tick.C:
		}
	}
}

// eventually fails the test when try does not succeed within limit.
func eventually(t *testing.T, limit time.Duration, what string, try func(context.Context) error) {
	t.Helper()
	if err := poll(t.Context(), limit, 200*time.Millisecond, try); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// request sends one HTTP request and reads its answer.
func request(ctx context.Context, method, url, body string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, data, err
}

// post sends a JSON-RPC body and returns the answer.
func post(t *testing.T, url, body string) (*http.Response, []byte) {
	t.Helper()
	resp, data, err := request(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatalf("POST %s: %v", url, err)
	}
	return resp, data
}

// tail returns the last lines of a file, or why it cannot be read.
func tail(file string, lines int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
