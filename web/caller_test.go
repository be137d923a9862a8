package web

import (
	"net/netip"
	"strings"
	"testing"
)

func mustTrust(tb testing.TB, list string) []netip.Prefix {
	tb.Helper()
	p, err := ParseTrustedProxies(list)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestParseTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ list, want, err string }{
		{"", "", ""},
		{" ", "", ""},
		{"127.0.0.1", "127.0.0.1/32", ""},
		{"::ffff:10.1.2.3", "10.1.2.3/32", ""},
		{" 10.0.0.0/8 , fd00::/8,2001:db8::1", "10.0.0.0/8 fd00::/8 2001:db8::1/128", ""},
		{"loopback", "127.0.0.0/8 ::1/128", ""},
		{"private,loopback", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 127.0.0.0/8 ::1/128", ""},
		{"10.0.0.0/8,", "", `"" is no address`},
		{"proxy.example.com", "", `"proxy.example.com" is no address`},
		{"10.0.0.0/33", "", "is no address"},
		{"::ffff:10.0.0.0/104", "", "is no address"},
		{"fe80::1%eth0", "", "is no address"},
		{"10.1.2.3/8", "", "write 10.0.0.0/8 or the address alone"},
		{"0.0.0.0/0", "", "would believe everybody"},
		{"::/0", "", "would believe everybody"},
	} {
		got, err := ParseTrustedProxies(tt.list)
		var words []string
		for _, p := range got {
			words = append(words, p.String())
		}
		if have := strings.Join(words, " "); have != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: got %q, %v, want %q, %q", tt.list, have, err, tt.want, tt.err)
		}
	}
}

func TestCallerOf(t *testing.T) {
	t.Parallel()
	const trusted = "10.0.0.0/8, 2001:db8:ffff::/48"
	for _, tt := range []struct {
		name, peer string
		lines      []string
		want       string
	}{
		{"nobody in front", "203.0.113.7", nil, "203.0.113.7"},
		{"a stranger that names another", "203.0.113.7", []string{"198.51.100.1"}, "203.0.113.7"},
		{"a stranger that names a proxy", "203.0.113.7", []string{"198.51.100.1, 10.0.0.1"}, "203.0.113.7"},
		{"a proxy", "10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a proxy that says nothing", "10.0.0.1", nil, "10.0.0.1"},
		{"an empty header", "10.0.0.1", []string{""}, "10.0.0.1"},
		{"what the caller claimed stands on the left", "10.0.0.1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"in a line of its own", "10.0.0.1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"in a line of its own, with proxies", "10.0.0.1", []string{"1.1.1.1,10.2.2.2", "198.51.100.1,10.0.0.2"}, "198.51.100.1"},
		{"the caller claims to be a proxy", "10.0.0.1", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1", []string{"198.51.100.1,\t10.0.0.2"}, "198.51.100.1"},
		{"all are proxies", "10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"with a port", "10.0.0.1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6", "2001:db8:ffff::1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", "10.0.0.1", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 with a port", "10.0.0.1", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		{"IPv6 with a zone", "10.0.0.1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"IPv4 in IPv6", "10.0.0.1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a proxy as IPv4 in IPv6", "10.0.0.1", []string{"198.51.100.1, ::ffff:10.0.0.2"}, "198.51.100.1"},
		{"nonsense before the caller", "10.0.0.1", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		{"nonsense of a proxy", "10.0.0.1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"nonsense of a farther proxy", "10.0.0.1", []string{"198.51.100.1, _hidden, 10.0.0.2"}, "10.0.0.2"},
		{"an empty entry", "10.0.0.1", []string{"198.51.100.1,"}, "10.0.0.1"},
	} {
		if got := callerOf(netip.MustParseAddr(tt.peer), tt.lines, mustTrust(t, trusted)).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Whatever a caller writes into the header, and however many lines it makes of
// it, a trusted proxy that appends its address settles who it is.
func FuzzCallerOf(f *testing.F) {
	for _, s := range []string{"", "10.0.0.1", "1.1.1.1, 10.0.0.1\n10.2.2.2", ",,,", "[::1]:80", "::ffff:10.0.0.1", "\x00", strings.Repeat("10.0.0.1,", 500)} {
		f.Add(s, true)
		f.Add(s, false)
	}
	proxies := mustTrust(f, "10.0.0.0/8")
	peer, caller := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("198.51.100.1")
	f.Fuzz(func(t *testing.T, claim string, ownLine bool) {
		lines := strings.Split(claim, "\n")
		if got := callerOf(caller, lines, proxies); got != caller {
			t.Errorf("%q of a stranger: got %s, want %s", claim, got, caller)
		}
		if got := callerOf(peer, lines, nil); got != peer {
			t.Errorf("%q with nobody trusted: got %s, want %s", claim, got, peer)
		}
		if got := callerOf(peer, lines, proxies); !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Errorf("%q: got %s, want an address in plain form", claim, got)
		}
		if ownLine {
			lines = append(lines, caller.String())
		} else {
			lines[len(lines)-1] += ", " + caller.String()
		}
		if got := callerOf(peer, lines, proxies); got != caller {
			t.Errorf("%q: got %s, want %s", lines, got, caller)
		}
	})
}
