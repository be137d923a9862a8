package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go"

	"github.com/lasso-rpc/lasso"
)

// protocolVersion is that of the messages of this file. A node that speaks
// another one is named, and not understood. These stay as they are in every
// version: the headers below, and proto, id and boot_id of a hello.
const protocolVersion = 1

// The headers of messages.
const (
	headerProto    = "Lasso-Proto"
	headerNode     = "Lasso-Node"
	headerBoot     = "Lasso-Boot"
	headerQuestion = "Lasso-Question"
	headerWithin   = "Lasso-Within" // milliseconds the asker waits
	headerError    = "Lasso-Error"
)

// The limits of what a peer may say.
const (
	maxID       = 128
	maxText     = 512
	maxTopics   = 256
	maxTopic    = 128
	maxProfiles = 1024
	maxHello    = 256 << 10
	maxAddrs    = 16
)

// The questions that the cluster asks itself.
const questionHello = "_hello"

// hello is what a node says of itself, to whoever asks and as the answer to a
// health check.
type hello struct {
	Proto int `json:"proto"`
	lasso.NodeInfo
	Clock  int64    `json:"clock"` // nanoseconds since 1970 when it was written
	Topics []string `json:"topics,omitempty"`
}

// beat is a sign of life, sent to all unasked. The last one is a goodbye.
type beat struct {
	Proto  int          `json:"proto"`
	ID     lasso.NodeID `json:"id"`
	Boot   lasso.BootID `json:"boot_id"`
	Topics []string     `json:"topics,omitempty"`
	Bye    string       `json:"bye,omitempty"` // why it leaves
}

// protocolError is a peer that speaks another version.
type protocolError struct{ theirs, ours int }

func (e protocolError) Error() string {
	return fmt.Sprintf("it speaks cluster protocol %d, this node speaks %d: bring both to one version", e.theirs, e.ours)
}

// parseHello reads and checks a hello. A wrong version is an protocolError, with
// id and boot id filled in as far as they can be read.
func parseHello(data []byte, proto int) (hello, error) {
	var h hello
	if len(data) > maxHello {
		return h, fmt.Errorf("its hello has %d bytes, the limit is %d", len(data), maxHello)
	}
	var head struct {
		Proto int `json:"proto"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return h, errors.New("its hello is not readable")
	}
	if head.Proto != proto {
		return h, protocolError{theirs: head.Proto, ours: proto}
	}
	if err := json.Unmarshal(data, &h); err != nil {
		return h, errors.New("its hello is not readable")
	}
	if err := validHello(&h); err != nil {
		return h, fmt.Errorf("its hello is not valid: %w", err)
	}
	return h, nil
}

func validHello(h *hello) error {
	if err := lasso.ValidNodeID(h.ID); err != nil {
		return err
	}
	if !validBoot(h.Boot) {
		return errors.New("boot id")
	}
	texts := append([]string{h.Region, h.Version, h.Config}, h.Addresses...)
	if len(h.Addresses) > maxAddrs || len(h.Profiles) > maxProfiles {
		return errors.New("too many addresses or profiles")
	}
	// What is no such address is left out: pages would lead to it.
	h.PublicURL, _ = lasso.ParsePublicURL(h.PublicURL)
	for p, hash := range h.Profiles {
		texts = append(texts, string(p), hash)
	}
	for _, s := range texts {
		if len(s) > maxID || !lasso.Printable(s) {
			return fmt.Errorf("a text is not up to %d printable bytes", maxID)
		}
	}
	return validTopics(h.Topics)
}

func parseBeat(data []byte) (beat, error) {
	var b beat
	if len(data) > maxHello {
		return b, errors.New("too long")
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return b, errors.New("not readable")
	}
	if err := lasso.ValidNodeID(b.ID); err != nil {
		return b, err
	}
	if !validBoot(b.Boot) {
		return b, errors.New("boot id")
	}
	b.Bye = clean(b.Bye)
	return b, validTopics(b.Topics)
}

func validTopics(topics []string) error {
	if len(topics) > maxTopics {
		return errors.New("too many topics")
	}
	for _, t := range topics {
		if t == "" || len(t) > maxTopic {
			return errors.New("topic")
		}
	}
	return nil
}

// validBoot tells whether a boot id may be part of a subject.
func validBoot(b lasso.BootID) bool { return validName(string(b)) }

// clean makes the words of a peer fit for a log and a page.
func clean(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// engineName is how the engine of a node is called in the mesh.
func engineName(id lasso.NodeID, boot lasso.BootID) string { return string(id) + "#" + string(boot) }

// parseEngineName reads what engineName writes.
func parseEngineName(name string) (lasso.NodeID, lasso.BootID, bool) {
	id, boot, ok := strings.Cut(name, "#")
	if !ok || lasso.ValidNodeID(lasso.NodeID(id)) != nil || !validBoot(lasso.BootID(boot)) {
		return "", "", false
	}
	return lasso.NodeID(id), lasso.BootID(boot), true
}

// header returns a single value, or "".
func header(m *nats.Msg, key string) string {
	if v := m.Header[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// secondsOf spells a time for people: "5 s", "1.5 s", "250 ms".
func secondsOf(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
}
