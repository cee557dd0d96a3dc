package rabbitkit

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// watch is the logger of one connection or channel of go-rabbitmq. The library
// tells only its log when it loses a connection, when a consumer really
// consumes and when the broker blocks it, so this is where the kit learns of
// it. The texts are those of v0.16.1; the integration tests hold them.
type watch struct {
	log       *slog.Logger
	lost      func(reason error)
	consuming func()      // nil when nothing consumes here
	closing   atomic.Bool // the end is our own doing
}

// losses says in other words what the library's mean.
var losses = map[string]string{
	"attempting to reconnect to amqp server after connection close with error: %v": "connection lost: %v",
	"attempting to reconnect to amqp server after close with error: %v":            "channel closed: %v",
	"attempting to reconnect to amqp server after cancel with error: %s":           "the broker cancelled consumer %s",
	// These also come when the loss happens before the library listens for it;
	// it would then wait for ever.
	"amqp connection closed gracefully": "connection lost",
	"amqp channel closed gracefully":    "channel closed",
}

const (
	consumerStarted = "Processing messages on %v goroutines"
	brokerBlocks    = "pausing publishing due to TCP blocking from server"
	brokerUnblocks  = "resuming publishing due to TCP blocking from server"
)

func (w *watch) note(format string, args []any) {
	level := slog.LevelDebug // losses and recoveries have their own lines
	if loss, known := losses[format]; known && !w.closing.Load() {
		w.lost(fmt.Errorf(loss, args...))
	}
	switch format {
	case consumerStarted:
		w.consuming()
	case brokerBlocks, brokerUnblocks:
		level = slog.LevelWarn
	}
	w.log.Log(context.Background(), level, fmt.Sprintf(format, args...), "library", "go-rabbitmq")
}

func (w *watch) Fatalf(format string, args ...any) { w.note(format, args) }
func (w *watch) Errorf(format string, args ...any) { w.note(format, args) }
func (w *watch) Warnf(format string, args ...any)  { w.note(format, args) }
func (w *watch) Infof(format string, args ...any)  { w.note(format, args) }
func (w *watch) Debugf(format string, args ...any) { w.note(format, args) }
