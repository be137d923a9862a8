package lasso_test

import (
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso"
)

func TestValidNodeID(t *testing.T) {
	t.Parallel()
	for id, want := range map[lasso.NodeID]string{
		"us-east-1": "", "n": "", "a/b:c.d_e~!": "",
		lasso.NodeID(strings.Repeat("n", 128)): "",
		lasso.NodeID(strings.Repeat("n", 129)): "129 bytes",
		"":                                     "missing",
		"n 0":                                  "a character",
		"n#0":                                  "a character",
		"n\x7f":                                "a character",
		"n\n":                                  "a character",
		"zürich":                               "a character",
		"\xff":                                 "a character",
	} {
		err := lasso.ValidNodeID(id)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", id, err, want)
		}
		if err != nil && !lasso.Printable(err.Error()) {
			t.Errorf("%q: the mistake is not printable: %q", id, err)
		}
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "a b": true, "Zürich ✓": true, "a\nb": false, "a\x1b[31mb": false, "a\u202eb": false, "a\u00a0b": false, "\xff": false,
	} {
		if got := lasso.Printable(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
