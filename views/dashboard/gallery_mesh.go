package dashboard

import (
	"fmt"
	"time"

	"github.com/lasso-rpc/lasso/views/ui"
)

// galleryMesh is a cluster whose nodes begin with a name and see each other.
func galleryMesh(name string, n int) ClusterPage {
	m := ClusterPage{Shell: Shell{Path: "#mesh", Now: galleryAt()}}
	for i := range n {
		r := LinkRow{Node: fmt.Sprintf("%s-%d", name, i+1), Self: i == 0, Told: true}
		for j := range n {
			l := Link{To: fmt.Sprintf("%s-%d", name, j+1)}
			if i != j {
				l.State, l.Since = ui.NodeResponding, galleryAt().Add(-time.Hour)
				l.RTT = time.Duration(38+29*(i+j)) * time.Millisecond
			}
			r.Cells = append(r.Cells, l)
		}
		m.Links = append(m.Links, r)
	}
	return m
}

// misses makes one node not see another one.
func (m ClusterPage) misses(from, to int, kind string) ClusterPage {
	l := &m.Links[from].Cells[to]
	l.State, l.Since, l.RTT, l.Reason = ui.NodeUnresponsive, galleryAt().Add(-209*time.Second), 0, "3 of 3 health checks failed, last: no answer within 5 s"
	m.Faults = append(m.Faults, LinkFault{Kind: kind, From: m.Links[from].Node, To: l.To, State: l.State, Since: l.Since, Reason: l.Reason})
	return m
}

// silent makes nodes not answer: the first of them in time, the others for
// being older.
func (m ClusterPage) silent(first int, more ...int) ClusterPage {
	for _, i := range append(more, first) {
		r := &m.Links[i]
		r.Told, r.Cells, r.Older, r.Reason = false, nil, i != first, "no answer within 5 s"
	}
	return m
}

// galleryFaults are pages with each of the states of links.
func galleryFaults() (well, oneWay, silent, many ClusterPage) {
	return galleryMesh("well", 3), galleryMesh("way", 3).misses(2, 0, LinkOneWay), galleryMesh("mute", 4).silent(1, 2).misses(0, 3, LinkBroken),
		galleryMesh("many", 40).silent(7).misses(3, 12, LinkOneWay)
}
