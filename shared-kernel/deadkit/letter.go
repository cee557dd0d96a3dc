package deadkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/rabbitkit"
)

// What is shown of a body, in bytes.
const (
	maxPreview = 4 << 10 // in a list
	maxWhole   = 1 << 20 // of one message alone
)

// maxHeader bounds what is shown of one header's value, in bytes.
const maxHeader = 2 << 10

// maxDepth is how deep a body may be nested to be shown as JSON.
const maxDepth = 64

// Letter is a dead letter as people see it.
type Letter struct {
	ID          string
	Copies      int // how many equal messages wait
	Reason      string
	Detail      string
	Type        string
	OrderID     string
	MessageID   string
	OriginalKey string // the routing key under which it came
	ContentType string
	PublishedAt time.Time // to the second; zero when its publisher didn't say
	Size        int       // of the body, bytes
	Headers     map[string]any
	Body        Body
}

// Body is what is shown of a message's body.
type Body struct {
	JSON      json.RawMessage // nil when it is no JSON, or was cut off
	Text      string          // then
	Binary    bool            // the body is not UTF-8: some of Text is U+FFFD
	Truncated bool
}

// letter renders the message with at most this many bytes of its body. It keeps
// nothing of the message alive.
func (m message) letter(id string, most int) Letter {
	eventType, orderID := m.about()
	detail, _ := m.Headers[rabbitkit.HeaderDetail].(string)
	return Letter{
		ID: id, Copies: 1, Reason: m.reason(), Detail: show(detail, maxHeader), Type: eventType, OrderID: orderID,
		MessageID: clean(m.MessageId), OriginalKey: m.originalKey(), ContentType: clean(m.ContentType),
		PublishedAt: m.publishedAt(), Size: len(m.Body), Headers: showTable(rabbitkit.OwnHeaders(m.Headers)), Body: showBody(m.Body, most),
	}
}

func showBody(body []byte, most int) Body {
	b := Body{Binary: !utf8.Valid(body)}
	if len(body) <= most && !b.Binary && json.Valid(body) && depth(body) <= maxDepth {
		b.JSON = bytes.Clone(body)
		return b
	}
	text, truncated := cut(string(body[:min(len(body), most+utf8.UTFMax)]), most)
	b.Text, b.Truncated = strings.ToValidUTF8(text, "\uFFFD"), truncated
	return b
}

// depth is how deep a valid JSON text is nested.
func depth(text []byte) (deepest int) {
	level, inString, escaped := 0, false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == '{', c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}', c == ']':
			level--
		}
	}
	return deepest
}

func showTable(table map[string]any) map[string]any {
	shown := make(map[string]any, len(table))
	for name, value := range table {
		shown[show(name, maxHeader)] = showValue(value)
	}
	return shown
}

// showValue makes of a header's value something that JSON can express.
func showValue(value any) any {
	switch v := value.(type) {
	case string:
		return show(v, maxHeader)
	case []byte:
		return show(string(v), maxHeader)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
		return v
	case nil, bool, int8, uint8, int16, int32, int64, int:
		return v
	case amqp.Table:
		return showTable(v)
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = showValue(element)
		}
		return all
	}
	return fmt.Sprint(value) // times, decimals, 32-bit floats
}

// show cuts a text off and makes UTF-8 of it.
func show(text string, most int) string {
	text, truncated := cut(text, most)
	text = strings.ToValidUTF8(text, "\uFFFD")
	if truncated {
		text += "…"
	}
	return text
}

// cut shortens a text to at most this many bytes, not in the middle of a
// character.
func cut(text string, most int) (short string, truncated bool) {
	if len(text) <= most {
		return text, false
	}
	for i := most; i > most-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			return text[:i], true
		}
	}
	return text[:most], true // no UTF-8 anyway
}
