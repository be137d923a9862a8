package cluster

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// fakeDNS answers for the names it is told of, over UDP and TCP.
type fakeDNS struct {
	addr string

	mu    sync.Mutex
	hosts map[string][]netip.Addr
	srv   map[string][]dnsmessage.SRVResource
	fail  bool
	asked int
}

func newFakeDNS(t *testing.T) *fakeDNS {
	t.Helper()
	var packets net.PacketConn
	var stream net.Listener
	for {
		var err error
		if stream, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if packets, err = net.ListenPacket("udp", stream.Addr().String()); err == nil {
			break
		}
		_ = stream.Close()
	}
	d := &fakeDNS{addr: stream.Addr().String(), hosts: map[string][]netip.Addr{}, srv: map[string][]dnsmessage.SRVResource{}}
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := packets.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := d.answer(buf[:n], 1232); out != nil {
				_, _ = packets.WriteTo(out, from)
			}
		}
	})
	done.Go(func() {
		for {
			conn, err := stream.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer conn.Close()
				for {
					var head [2]byte
					if _, err := io.ReadFull(conn, head[:]); err != nil {
						return
					}
					in := make([]byte, binary.BigEndian.Uint16(head[:]))
					if _, err := io.ReadFull(conn, in); err != nil {
						return
					}
					out := d.answer(in, 65535)
					if out == nil {
						return
					}
					_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = packets.Close()
		_ = stream.Close()
		done.Wait()
	})
	return d
}

func (d *fakeDNS) set(name string, ips ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hosts[name+"."] = nil
	for _, ip := range ips {
		d.hosts[name+"."] = append(d.hosts[name+"."], netip.MustParseAddr(ip))
	}
}

func (d *fakeDNS) break_(broken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = broken
}

func (d *fakeDNS) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func (d *fakeDNS) answer(in []byte, limit int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	var m dnsmessage.Message
	if m.Unpack(in) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionDesired: true}, Questions: m.Questions}
	name := strings.ToLower(q.Name.String())
	if d.fail {
		out.RCode = dnsmessage.RCodeServerFailure
	} else if _, ok := d.hosts[name]; !ok && d.srv[name] == nil {
		out.RCode = dnsmessage.RCodeNameError
	}
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET, TTL: 1}
	if out.RCode == dnsmessage.RCodeSuccess {
		for _, ip := range d.hosts[name] {
			switch {
			case q.Type == dnsmessage.TypeA && ip.Is4():
				out.Answers = append(out.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
			case q.Type == dnsmessage.TypeAAAA && ip.Is6():
				out.Answers = append(out.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
			}
		}
		if q.Type == dnsmessage.TypeSRV {
			for _, s := range d.srv[name] {
				out.Answers = append(out.Answers, dnsmessage.Resource{Header: head, Body: &s})
			}
		}
	}
	data, err := out.Pack()
	if err == nil && len(data) > limit {
		out.Answers, out.Truncated = nil, true
		data, err = out.Pack()
	}
	if err != nil {
		return nil
	}
	return data
}

// freePort returns a port that is free on 127.0.0.2 to 127.0.0.5.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.2:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		free := true
		for n := 3; n <= 5 && free; n++ {
			o, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:%d", n, port))
			if free = err == nil; free {
				_ = o.Close()
			}
		}
		_ = l.Close()
		if free {
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func dnsConfig(d *fakeDNS, id, ip string, port int) Config {
	cfg := testConfig(id)
	cfg.Discovery, cfg.DNSQuery, cfg.DNSServer = DNS, "lasso.internal", d.addr
	cfg.Bind, cfg.Port = ip, port
	return cfg
}

func TestLookup(t *testing.T) {
	t.Parallel()
	d := newFakeDNS(t)
	d.set("both.internal", "10.0.0.1", "10.0.0.2", "fd00::1")
	d.set("four.internal", "10.0.0.9")
	d.set("none.internal")
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf("10.1.%d.%d", i/256, i%256))
	}
	d.set("many.internal", many...)
	d.srv["_lasso._tcp.internal."] = []dnsmessage.SRVResource{
		{Port: 1001, Target: dnsmessage.MustNewName("four.internal.")},
		{Port: 1002, Target: dnsmessage.MustNewName("both.internal.")},
		{Port: 1003, Target: dnsmessage.MustNewName("gone.internal.")},
	}
	for _, c := range []struct {
		query string
		want  int
		some  string
	}{
		{"both.internal", 3, "[fd00::1]:77"},
		{"four.internal", 1, "10.0.0.9:77"},
		{"many.internal", 300, "10.1.1.43:77"},
		{"_lasso._tcp.internal", 4, "10.0.0.9:1001"},
		{"none.internal", 0, ""},
		{"gone.internal", 0, ""},
		{"_gone._tcp.internal", 0, ""},
	} {
		l := newLookup(&Config{DNSQuery: c.query, DNSServer: d.addr, Port: 77})
		f := l.look(context.Background())
		if len(f.Addresses) != c.want || (f.Err != nil) != (c.want == 0) {
			t.Errorf("%s: %d addresses %v, %v; want %d", c.query, len(f.Addresses), f.Addresses, f.Err, c.want)
		}
		found := c.some == ""
		for _, a := range f.Addresses {
			found = found || a.String() == c.some
		}
		if !found {
			t.Errorf("%s: %v lacks %s", c.query, f.Addresses, c.some)
		}
	}
	d.break_(true)
	if f := newLookup(&Config{DNSQuery: "four.internal", DNSServer: d.addr, Port: 77}).look(context.Background()); f.Err == nil {
		t.Error("a failing server gives no error")
	}
}

// TestDNS runs nodes on addresses of their own, all found under one name.
func TestDNS(t *testing.T) {
	t.Parallel()
	d := newFakeDNS(t)
	port := freePort(t)
	d.set("lasso.internal", "127.0.0.2", "127.0.0.3", "127.0.0.4")
	var nodes []*node
	for i, id := range []string{"a", "b", "c"} {
		nodes = append(nodes, start(t, dnsConfig(d, id, fmt.Sprintf("127.0.0.%d", i+2), port)))
	}
	t.Logf("full mesh %v after the last start", within(t, 6*time.Second, "full mesh", full(3, nodes...)))
	if s := nodes[0].State(); s.Discovery != "dns" || s.LookupFail != "" || s.LookedAt.IsZero() || len(s.Problems) != 0 {
		t.Errorf("state %+v", s)
	}
	d.set("lasso.internal", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")
	nodes = append(nodes, start(t, dnsConfig(d, "d", "127.0.0.5", port)))
	t.Logf("the fourth is in after %v", within(t, 6*time.Second, "the fourth joins", full(4, nodes...)))

	d.break_(true)
	within(t, 5*time.Second, "the failing look-up shows", func() bool { return nodes[0].State().LookupFail != "" })
	asked := d.count()
	within(t, 5*time.Second, "more look-ups", func() bool { return d.count() > asked+8 })
	if !full(4, nodes...)() {
		t.Error("a failing look-up removed nodes")
	}
	d.set("lasso.internal", "127.0.0.2")
	d.break_(false)
	within(t, 5*time.Second, "the look-up works again", func() bool { return nodes[0].State().LookupFail == "" })
	if !full(4, nodes...)() {
		t.Error("nodes that DNS does not list any more left")
	}
}
