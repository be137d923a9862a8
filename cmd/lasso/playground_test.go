package main

import (
	"testing"

	"github.com/lasso-rpc/lasso/web"
)

// TestMethodTable checks what may be sent to every provider and what only after
// a confirmation.
func TestMethodTable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ read, refused bool }{
		"eth_getBlockByNumber":   {true, false},
		"eth_chainId":            {true, false},
		"myns_getThing":          {true, false},
		"eth_sendRawTransaction": {false, false},
		"eth_newFilter":          {false, false},
		"eth_getFilterChanges":   {false, false},
		"myns_doThing":           {false, false},
		"eth_subscribe":          {false, true},
		"admin_addPeer":          {false, true},
	} {
		m := methodTable{}.Method(name)
		if m.Name != name || m.Read != want.read || m.Refused != want.refused || m.Meaning == "" || m.Category == "" {
			t.Errorf("%s: %+v, want %+v", name, m, want)
		}
	}
	all := methodTable{}.Methods()
	for i, m := range all {
		if m.Name == "" || i > 0 && all[i-1].Name >= m.Name {
			t.Errorf("entry %d: %+v", i, m)
		}
	}
}

func TestPlaygroundMode(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]web.PlaygroundMode{
		"": web.PlaygroundRead, "auto": web.PlaygroundRead, "off": web.PlaygroundOff, "read": web.PlaygroundRead, "full": web.PlaygroundFull,
	} {
		if got := (&nodeFlags{Playground: flag}).playgroundMode(web.PlaygroundRead); got != want {
			t.Errorf("%q: %v, want %v", flag, got, want)
		}
	}
	if got := (&nodeFlags{Playground: "auto"}).playgroundMode(web.PlaygroundFull); got != web.PlaygroundFull {
		t.Errorf("auto in the demonstration: %v", got)
	}
}
