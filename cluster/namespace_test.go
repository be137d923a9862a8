package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// lan is a local network of namespaces: a bridge in one, hosts in the others.
// Nothing of it touches an interface of the machine.
type lan struct {
	t    *testing.T
	name string
}

func newLAN(t *testing.T, hosts int) *lan {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED, NOT TESTED: mDNS and cut links need root to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("SKIPPED, NOT TESTED: mDNS and cut links need the ip command (iproute2)")
	}
	l := &lan{t: t, name: fmt.Sprintf("lasso%d", os.Getpid())}
	if out, err := exec.CommandContext(t.Context(), "ip", "netns", "add", l.ns(0)).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: no network namespaces here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		for i := range hosts + 1 {
			_ = exec.Command("ip", "netns", "del", l.ns(i)).Run()
		}
	})
	in := func(i int, words string) { l.run("ip -n " + l.ns(i) + " " + words) }
	in(0, "link add br0 type bridge")
	in(0, "link set br0 up")
	for i := 1; i <= hosts; i++ {
		l.run("ip netns add " + l.ns(i))
		l.run(fmt.Sprintf("ip link add eth0 netns %s type veth peer name port%d netns %s", l.ns(i), i, l.ns(0)))
		in(0, fmt.Sprintf("link set port%d master br0 up", i))
		in(i, fmt.Sprintf("addr add 10.77.0.%d/24 dev eth0", i))
		in(i, "link set lo up")
		in(i, "link set eth0 up")
	}
	return l
}

func (l *lan) ns(i int) string { return fmt.Sprintf("%s-%d", l.name, i) }

func (l *lan) run(command string) {
	l.t.Helper()
	words := strings.Fields(command)
	if out, err := exec.CommandContext(l.t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %v: %s", command, err, out)
	}
}

// link cuts or mends the link of a host: packets are dropped, nobody is told.
func (l *lan) link(i int, up bool) {
	state := "down"
	if up {
		state = "up"
	}
	l.run(fmt.Sprintf("ip -n %s link set port%d %s", l.ns(0), i, state))
}

func (l *lan) spawn(i int, id string, env ...string) *process {
	l.t.Helper()
	return spawn(l.t, id, []string{"ip", "netns", "exec", l.ns(i)}, env...)
}

// TestMulticast runs nodes that are given nothing but CLUSTER_DISCOVERY=mdns:
// two on one host, one on another; then it cuts a link.
func TestMulticast(t *testing.T) {
	t.Parallel()
	net := newLAN(t, 2)
	env := []string{"CLUSTER_DISCOVERY=mdns", "CLUSTER_HEALTH_INTERVAL=2s", "CLUSTER_HEALTH_TIMEOUT=500ms"}
	a := net.spawn(1, "a", env...)
	b := net.spawn(1, "b", env...)
	c := net.spawn(2, "c", env...)
	t.Logf("full mesh by mDNS %v after the last start", within(t, 12*time.Second, "full mesh", whole(a, b, c)))

	net.link(2, false)
	took := within(t, 15*time.Second, "both sides miss the other", func() bool {
		return a.is("c", "disconnected")() && b.is("c", "disconnected")() && c.is("a", "disconnected")() && c.is("b", "disconnected")()
	})
	t.Logf("cut link known on both sides after %v: %s", took, a.now().Reasons["c"])
	if r := a.now(); r.Responding != 2 || r.Total != 3 {
		t.Errorf("a covers %d of %d, want 2 of 3", r.Responding, r.Total)
	}
	net.link(2, true)
	t.Logf("healed after %v", within(t, 10*time.Second, "whole again", whole(a, b, c)))
}
