package main

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers every question for an A record with all its addresses.
type nameServer struct {
	addr string
	conn net.PacketConn
	done chan struct{}
	list []netip.Addr
}

func startNameServer(ctx context.Context, addresses ...string) (*nameServer, error) {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &nameServer{addr: conn.LocalAddr().String(), conn: conn, done: make(chan struct{})}
	for _, a := range addresses {
		s.list = append(s.list, netip.MustParseAddr(a))
	}
	go s.serve()
	return s, nil
}

func (s *nameServer) close() {
	_ = s.conn.Close()
	<-s.done
}

func (s *nameServer) serve() {
	defer close(s.done)
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if answer, err := s.answer(buf[:n]); err == nil {
			_, _ = s.conn.WriteTo(answer, from)
		}
	}
}

func (s *nameServer) answer(query []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(query)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	header.Response, header.Authoritative = true, true
	b := dnsmessage.NewBuilder(nil, header)
	if err := errors.Join(b.StartQuestions(), b.Question(q), b.StartAnswers()); err != nil {
		return nil, err
	}
	if q.Type == dnsmessage.TypeA {
		for _, a := range s.list {
			if err := b.AResource(dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, dnsmessage.AResource{A: a.As4()}); err != nil {
				return nil, err
			}
		}
	}
	return b.Finish()
}
