package dashboard

import (
	"slices"
	"time"
)

// Holder is a node that has a chain or a provider that this one does not have.
type Holder struct {
	Node   string
	Region string
	Lost   time.Time // since when it does not answer; zero: it does
}

// onlyWords says who has what this node does not have; empty when this node
// has it.
func onlyWords(list []Holder) string {
	if len(list) == 0 {
		return ""
	}
	names := make([]string, 0, len(list))
	for _, h := range list {
		name := h.Node
		if h.Region != "" && h.Region != h.Node {
			name += " (" + h.Region + ")"
		}
		names = append(names, name)
	}
	words := "only on " + listWords(names)
	if !slices.ContainsFunc(list, func(h Holder) bool { return h.Lost.IsZero() }) {
		words += ", no answer"
	}
	return words
}
