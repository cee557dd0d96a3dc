package rabbitkit

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// What became of a delivery.
const (
	outcomeHandled  = "handled"
	outcomeDead     = "dead_lettered"
	outcomeReleased = "released" // let go unacknowledged; the broker delivers it again
)

type metrics struct {
	deliveries  *prometheus.CounterVec
	deadLetters *prometheus.CounterVec
}

// newMetrics registers a consumer's metrics, unless registerer is nil.
func newMetrics(registerer prometheus.Registerer, queue string, ready func() error) metrics {
	if registerer != nil {
		registerer = prometheus.WrapRegistererWith(prometheus.Labels{"queue": queue}, registerer)
	}
	factory := promauto.With(registerer)
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "rabbitmq_consumer_consuming",
		Help: "1 while the broker delivers to this consumer, else 0.",
	}, func() float64 {
		if ready() != nil {
			return 0
		}
		return 1
	})
	return metrics{
		deliveries: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "rabbitmq_consumer_deliveries_total",
			Help: "Deliveries that this consumer is through with.",
		}, []string{"type", "outcome"}),
		deadLetters: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "rabbitmq_consumer_dead_letters_total",
			Help: "Messages that this consumer put into the dead queue.",
		}, []string{"reason"}),
	}
}
