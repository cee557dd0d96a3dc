package deadkit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/rabbitkit"
)

// message is one in the dead queue. All of it may come from anybody: no part is
// known to be there, valid or short.
type message struct{ amqp.Delivery }

// unknown is the reason of a message that carries none.
const unknown = "unknown"

// maxText bounds what is shown and recorded of a property, in bytes.
const maxText = 256

// id stands for the message for as long as it waits. The broker has no such
// thing, so it is made of what is in it; messages that are equal in all of that
// are interchangeable, and have the same one.
func (m message) id() string {
	hash := sha256.New()
	write := func(part []byte) {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		hash.Write(part)
	}
	write(m.Body)
	for _, part := range []string{
		rabbitkit.ReasonOf(m.Delivery), rabbitkit.OriginalKey(m.Delivery), m.MessageId, m.Type, m.CorrelationId,
	} {
		write([]byte(part))
	}
	write(binary.BigEndian.AppendUint64(nil, uint64(m.Timestamp.Unix())))
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

func (m message) reason() string {
	if reason := rabbitkit.ReasonOf(m.Delivery); reason != "" {
		return clean(reason)
	}
	return unknown
}

func (m message) originalKey() string { return clean(rabbitkit.OriginalKey(m.Delivery)) }

// about tells what the message is about: the event's type and its order. The
// body decides, as it does for the handlers; the properties repeat it.
func (m message) about() (eventType, orderID string) {
	var envelope struct{ Type, Subject string }
	if len(m.Body) <= maxWhole {
		_ = json.Unmarshal(m.Body, &envelope) // fills in what can be read
	}
	if envelope.Type == "" {
		envelope.Type = m.Type
	}
	if envelope.Subject == "" {
		envelope.Subject = m.CorrelationId
	}
	return clean(envelope.Type), clean(envelope.Subject)
}

// publishedAt is zero when the publisher didn't say, or something that is no
// time that people and JSON have a way to write.
func (m message) publishedAt() time.Time {
	if year := m.Timestamp.Year(); m.Timestamp.IsZero() || year < 1970 || year > 9999 {
		return time.Time{}
	}
	return m.Timestamp.UTC()
}

// clean makes a text that can be shown and stored: short, UTF-8 and without NUL,
// which PostgreSQL's texts can't hold.
func clean(s string) string {
	s, _ = cut(s, maxText)
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
