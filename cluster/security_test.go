package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lasso-rpc/lasso"
)

// stranger starts a node that dials one that is there, and fails the test if
// it joins. It returns the reasons both list.
func strangers(t *testing.T, home, guest Config, want ...string) {
	t.Helper()
	home.Discoverer = Static()
	a := start(t, home)
	guest.Discoverer = Static(a.Addr())
	b := start(t, guest)
	found := func(n *node, reason string) func() bool {
		return func() bool {
			for _, p := range n.State().Problems {
				if strings.Contains(p.Reason, reason) {
					return true
				}
			}
			return false
		}
	}
	for i, n := range []*node{a, b} {
		reason := want[min(i, len(want)-1)]
		within(t, 10*time.Second, fmt.Sprintf("%s names the reason %q", n.self, reason), found(n, reason))
	}
	// b keeps dialling; give it a few more chances.
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 12 {
		<-tick.C
		for _, n := range []*node{a, b} {
			if c := n.Coverage(); c.Total != 1 {
				t.Fatalf("%s knows %d nodes: a stranger joined", n.self, c.Total)
			}
		}
	}
	for _, n := range []*node{a, b} {
		if ps := n.State().Problems; len(ps) > 2 {
			t.Errorf("%s lists one peer %d times: %+v", n.self, len(ps), ps)
		}
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	a, b := testConfig("a"), testConfig("b")
	a.Secret, b.Secret = []byte("the one secret of the nodes"), []byte("quite another secret than it")
	strangers(t, a, b, "another secret or certificate authority")
}

func TestSecretOnOneSide(t *testing.T) {
	t.Parallel()
	a, b := testConfig("a"), testConfig("b")
	a.Secret = []byte("the one secret of the nodes")
	strangers(t, a, b, "does not speak TLS", "closes every connection without a word")
}

func TestNoSecretHere(t *testing.T) {
	t.Parallel()
	a, b := testConfig("a"), testConfig("b")
	b.Secret = []byte("the one secret of the nodes")
	strangers(t, a, b, "does not speak the cluster protocol", "does not speak TLS")
}

func TestOtherCluster(t *testing.T) {
	t.Parallel()
	a, b := testConfig("a"), testConfig("b")
	b.Name = "other"
	strangers(t, a, b, "another cluster")
}

func TestOtherClusterWithSecret(t *testing.T) {
	t.Parallel()
	a, b := testConfig("a"), testConfig("b")
	b.Name = "other"
	a.Secret, b.Secret = []byte("the one secret of the nodes"), []byte("the one secret of the nodes")
	strangers(t, a, b, "another cluster")
}

func TestOtherProtocol(t *testing.T) {
	t.Parallel()
	var meet Meeting
	a, b := testConfig("a"), testConfig("b")
	a.Discoverer, b.Discoverer = &meet, &meet
	na := start(t, a)
	nb := start(t, b, func(c *Cluster) { c.proto = 2 })
	const want = "it speaks cluster protocol 2, this node speaks 1: bring both to one version"
	within(t, 10*time.Second, "a knows why b does not take part", func() bool {
		n := na.sees("b")
		ps := na.State().Problems
		return n.State != lasso.NodeResponding && strings.Contains(n.Reason, want) && len(ps) == 1 && ps[0].Node == "b" && ps[0].Reason == want
	})
	if poll := na.Ask(t.Context(), "x", nil); len(poll.Missing) != 1 {
		t.Errorf("poll %+v", poll)
	}
	within(t, 10*time.Second, "b knows why a does not", func() bool { return strings.Contains(nb.sees("a").Reason, "it speaks cluster protocol 1") })
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := addrPort(l.Addr().String())
	_ = l.Close()
	cfg := testConfig("a")
	cfg.Discoverer = Static(gone)
	a := start(t, cfg)
	within(t, 5*time.Second, "the address is named", func() bool {
		ps := a.State().Problems
		return len(ps) == 1 && ps[0].Address == gone.String() && ps[0].Reason == "unreachable: connection refused: nothing listens there"
	})
	cfg = testConfig("b")
	cfg.Discoverer, cfg.Port = Static(), int(gone.Port())
	b := start(t, cfg)
	within(t, 10*time.Second, "the late one is found", full(2, a, b))
	within(t, 5*time.Second, "and no problem any more", func() bool { return len(a.State().Problems) == 0 })
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := testConfig("a")
	cfg.Discoverer, cfg.Port = Static(), l.Addr().(*net.TCPAddr).Port
	c, err := New(cfg, testLog(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "CLUSTER_PORT") || !strings.Contains(err.Error(), "in use") {
		t.Errorf("Run = %v, want the port in use", err)
	}
}

// TestTLSFiles runs mutual TLS with certificates that name no address.
func TestTLSFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	issue := func(name string, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, string, string) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		form := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		if ca == nil {
			form.IsCA, form.BasicConstraintsValid, form.KeyUsage = true, true, x509.KeyUsageCertSign
			ca, caKey = form, key
		}
		der, err := x509.CreateCertificate(rand.Reader, form, ca, key.Public(), caKey)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		keyDER, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return cert, key, write(name+".pem", "CERTIFICATE", der), write(name+".key", "EC PRIVATE KEY", keyDER)
	}
	ca, caKey, caFile, _ := issue("ca", nil, nil)
	otherCA, otherKey, otherFile, _ := issue("other ca", nil, nil)
	config := func(id string, ca *x509.Certificate, caKey *ecdsa.PrivateKey, caFile string) Config {
		_, _, cert, key := issue(id, ca, caKey)
		cfg := testConfig(id)
		cfg.CertFile, cfg.KeyFile, cfg.CAFile = cert, key, caFile
		return cfg
	}
	var meet Meeting
	a, b := config("a", ca, caKey, caFile), config("b", ca, caKey, caFile)
	a.Discoverer, b.Discoverer = &meet, &meet
	na, nb := start(t, a), start(t, b)
	within(t, 10*time.Second, "mesh", full(2, na, nb))
	if s := na.State().Security; s != "tls" {
		t.Errorf("security %q", s)
	}
	strangers(t, config("c", ca, caKey, caFile), config("d", otherCA, otherKey, otherFile), "another secret or certificate authority")

	cfg := testConfig("e")
	cfg.Discoverer, cfg.CertFile, cfg.KeyFile, cfg.CAFile = Static(), caFile, caFile, caFile
	if _, err := New(cfg, testLog(t, "e")); err == nil || !strings.Contains(err.Error(), "CLUSTER_TLS_CERT") {
		t.Errorf("New = %v", err)
	}
}

// TestHostilePort throws at a cluster port what a scanner and a fuzzer would.
func TestHostilePort(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "a secret of sixteen bytes or more"} {
		t.Run(fmt.Sprintf("secret %v", secret != ""), func(t *testing.T) {
			t.Parallel()
			var meet Meeting
			a, b := testConfig("a"), testConfig("b")
			a.Discoverer, b.Discoverer = &meet, &meet
			a.Secret, b.Secret = []byte(secret), []byte(secret)
			na, nb := start(t, a), start(t, b)
			within(t, 10*time.Second, "mesh", full(2, na, nb))
			before := heap()
			for i := range 20 {
				attack(t, na.Addr().String(), i)
			}
			after := heap()
			t.Logf("heap before %d KiB, after %d KiB", before>>10, after>>10)
			if after > before+(8<<20) {
				t.Errorf("the heap grew from %d to %d bytes", before, after)
			}
			if !full(2, na, nb)() {
				t.Errorf("coverage %+v", na.Coverage())
			}
			if n := len(na.State().Problems); n > 4 {
				t.Errorf("%d problems for one address", n)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func attack(t *testing.T, address string, round int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	switch round % 5 {
	case 0: // a scanner: connects and goes
	case 1:
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	case 2: // 10 MB of random bytes
		random := mathrand.New(mathrand.NewPCG(1, uint64(round)))
		buf := make([]byte, 64<<10)
		for range (10 << 20) / len(buf) {
			for i := range buf {
				buf[i] = byte(random.Uint32())
			}
			if _, err := conn.Write(buf); err != nil {
				break
			}
		}
	case 3: // a client of NATS
		_, _ = io.WriteString(conn, "CONNECT {\"lang\":\"go\",\"verbose\":false}\r\nPING\r\n")
		_, _ = io.CopyN(io.Discard, conn, 256)
	case 4: // an endless line
		line := []byte(strings.Repeat("A", 1<<20))
		for range 10 {
			if _, err := conn.Write(line); err != nil {
				break
			}
		}
	}
}

// TestEngineLines holds what we read in the engine's log against its words.
func TestEngineLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, address, reason string }{
		{"Error trying to connect to route (attempt 1): dial tcp 10.0.0.1:4369: connect: connection refused", "10.0.0.1:4369", "unreachable: connection refused: nothing listens there"},
		{"Error trying to connect to route (attempt 5): dial tcp [fd00::1]:4369: i/o timeout", "[fd00::1]:4369", "unreachable: no answer: is a firewall in between?"},
		{"Error trying to connect to route (attempt 5): dial tcp 10.0.0.1:1: connect: no route to host", "10.0.0.1:1", "unreachable: no route to the host"},
		{"10.0.0.1:4369 - rid:7 - TLS route handshake error: remote error: tls: bad certificate", "10.0.0.1:4369", "it has another secret or certificate authority: compare CLUSTER_SECRET or CLUSTER_TLS_CA on both sides"},
		{"10.0.0.1:4369 - rid:7 - TLS route handshake error: EOF", "10.0.0.1:4369", ""},
		{"10.0.0.1:4369 - rid:7 - Route Error 'Authorization Violation'", "10.0.0.1:4369", "it has another secret: compare CLUSTER_SECRET on both sides"},
		{"10.0.0.1:4369 - rid:7 - Router connection closed: Client Closed - Remote: b#x", "10.0.0.1:4369", ""},
		{"Listening for route connections on 0.0.0.0:4369", "", ""},
	} {
		l := parseEngineLine(c.line)
		if l.address != c.address {
			t.Errorf("%s: address %q, want %q", c.line, l.address, c.address)
		}
		if r := reasonFor(l, true); r != c.reason {
			t.Errorf("%s: reason %q, want %q", c.line, r, c.reason)
		}
	}
	l := parseEngineLine("10.0.0.1:4369 - rid:7 - Router connection closed: Stale Connection - Remote: b#x")
	if l.closed != staleConnection || l.remote != "b#x" {
		t.Errorf("%+v", l)
	}
}

// TestRunTwice and the end of a context before the start.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	cfg := testConfig("a")
	cfg.Discoverer = Static()
	a := start(t, cfg)
	if err := a.Run(t.Context()); err == nil {
		t.Error("the second Run gives no error")
	}
	c, err := New(cfg, testLog(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Run(ctx); err != nil && ctx.Err() == nil {
		t.Errorf("Run with a context that ended = %v", err)
	}
}
