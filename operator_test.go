package lasso_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lasso-rpc/lasso"
)

func TestOrderReason(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 300)
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "moving to a new plan", "moving to a new plan"},
		{"empty", " \t ", ""},
		{"lines", "a\r\nlevel=ERROR msg=b\x00\x1b[31m", "a level=ERROR msg=b[31m"},
		{"turned text", "a\u202eb\u200bc", "abc"},
		{"bad bytes", "a\xff\xfeb", "ab"},
		{"long", long, strings.Repeat("é", lasso.MaxOrderReason-1) + "…"},
	} {
		got := lasso.OrderReason(tt.in)
		if got != tt.want || utf8.RuneCountInString(got) > lasso.MaxOrderReason {
			t.Errorf("%s: OrderReason(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestParseAction(t *testing.T) {
	t.Parallel()
	for _, a := range lasso.Actions() {
		if got, ok := lasso.ParseAction(string(a)); !ok || got != a {
			t.Errorf("ParseAction(%q) = %q, %v", a, got, ok)
		}
	}
	if a, ok := lasso.ParseAction("DRAIN"); ok {
		t.Errorf("ParseAction(DRAIN) = %q, want none", a)
	}
}
