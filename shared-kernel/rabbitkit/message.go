package rabbitkit

import (
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/wagslane/go-rabbitmq"
)

// Message is what is published.
type Message struct {
	Exchange      string
	RoutingKey    string
	ID            string
	Type          string
	CorrelationID string
	Timestamp     time.Time // to the second, as AMQP has it
	ContentType   string
	Headers       map[string]any
	Body          []byte
}

// maxShortString is what AMQP's names and properties hold, in bytes. The client
// would drop the connection over a longer one.
const maxShortString = 255

// check refuses what could never be sent.
func (m Message) check() error {
	if len(m.Exchange) > maxShortString || len(m.RoutingKey) > maxShortString {
		return fmt.Errorf("exchange or routing key is longer than %d bytes", maxShortString)
	}
	return amqp.Table(m.Headers).Validate()
}

// options says how m is published. Properties that are too long for AMQP are
// left out: they only repeat what the body says.
func (m Message) options() []func(*rabbitmq.PublishOptions) {
	return []func(*rabbitmq.PublishOptions){
		rabbitmq.WithPublishOptionsExchange(m.Exchange),
		rabbitmq.WithPublishOptionsPersistentDelivery,
		rabbitmq.WithPublishOptionsMessageID(short(m.ID)),
		rabbitmq.WithPublishOptionsType(short(m.Type)),
		rabbitmq.WithPublishOptionsCorrelationID(short(m.CorrelationID)),
		rabbitmq.WithPublishOptionsContentType(short(m.ContentType)),
		rabbitmq.WithPublishOptionsTimestamp(m.Timestamp),
		rabbitmq.WithPublishOptionsHeaders(m.Headers),
	}
}

func short(s string) string {
	if len(s) > maxShortString {
		return ""
	}
	return s
}
