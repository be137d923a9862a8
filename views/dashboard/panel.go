package dashboard

import (
	"strconv"

	"github.com/a-h/templ"
)

// panel is what the head of a panel says. Only the title has to be there.
type panel struct {
	title   string
	count   string          // of rows, beside the title
	meta    string          // where the figures come from
	oneLine bool            // meta is cut where there is no room; the title attribute has all of it
	mark    templ.Component // lack, where the figures are gathered from all nodes
	again   string          // what rows did that are out of order: see again; empty: the table is not sorted
	actions templ.Component // links and menus, before the files
	table   string          // fragment whose table can be kept as a file; see Shell.fileHref
	class   string
}

// counted is the count of a panel.
func counted(n int) string { return strconv.Itoa(n) }
