package proxy

// Connections is how many connections to upstreams are open now, idle ones
// included. It takes the lock of each upstream's pool for a moment.
func (p *Proxy) Connections() int {
	pl := p.plan.Load()
	if pl == nil {
		return 0
	}
	n := 0
	for _, in := range pl.instances {
		n += in.up.Load().client.ConnsCount()
	}
	return n
}
