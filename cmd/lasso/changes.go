package main

// changes tells when there is anything new to show: it sums what counts the
// changes of each part.
type changes struct{ n *node }

// Revision implements [web.Changes].
func (c changes) Revision() uint64 {
	reload := c.n.config.ReloadState()
	sum := c.n.figures.Revision() + c.n.board.Revision() + c.n.tail.Revision() + reload.Reloads + reload.Failures
	if c.n.cluster != nil {
		sum += c.n.cluster.Revision()
	}
	return sum
}
