package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
	"time"

	"github.com/lasso-rpc/lasso/views/dashboard"
)

// Limits of the sessions of operators. None is kept over a start.
const (
	sessionLife = 8 * time.Hour
	maxSessions = 64 // of the node; one more ends the oldest
)

// Bounds of [Config.AdminToken], in bytes.
const (
	MinAdminToken = 16
	MaxAdminToken = 256
)

// session is an operator who is signed in, as a copy.
type session struct {
	id    string
	csrf  string // goes with each form
	until time.Time
	toast *dashboard.Toast // the result of the last action; shown once
}

// who names the session in logs, where it can not be taken over from.
func (s *session) who() string { return "session " + s.id[:6] }

// sessions are the operators of this node. The zero value is ready; it is safe
// for concurrent use.
type sessions struct {
	mu   sync.Mutex
	byID map[string]*session
}

// begin makes a session with ids that nobody can guess.
func (s *sessions) begin(now time.Time) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*session{}
	}
	var oldest *session
	for id, o := range s.byID {
		if !now.Before(o.until) {
			delete(s.byID, id)
		} else if oldest == nil || o.until.Before(oldest.until) {
			oldest = o
		}
	}
	if len(s.byID) >= maxSessions {
		delete(s.byID, oldest.id)
	}
	own := &session{id: rand.Text(), csrf: rand.Text(), until: now.Add(sessionLife)}
	s.byID[own.id] = own
	return *own
}

// find returns the session of an id that has not ended; nil: there is none.
func (s *sessions) find(id string, now time.Time) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, ok := s.byID[id]
	if !ok || !now.Before(own.until) {
		return nil
	}
	found := *own
	return &found
}

func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// say leaves a result for the next page of a session.
func (s *sessions) say(id string, t dashboard.Toast) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if own, ok := s.byID[id]; ok {
		own.toast = &t
	}
}

// heard takes the result that was left.
func (s *sessions) heard(id string) *dashboard.Toast {
	s.mu.Lock()
	defer s.mu.Unlock()
	own, ok := s.byID[id]
	if !ok {
		return nil
	}
	t := own.toast
	own.toast = nil
	return t
}

// same compares secrets in a time that tells nothing of either.
func same(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
