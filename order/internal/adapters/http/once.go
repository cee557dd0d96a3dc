package http

import (
	"bytes"
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"orders.internal/order/internal/application"
	"orders.internal/order/internal/domain"
	"orders.internal/shared-kernel/httpkit"
)

const (
	// keyHeader makes a request repeatable
	// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
	keyHeader = "Idempotency-Key"
	// replayedHeader tells a repeated request's answer from the first.
	replayedHeader = "Idempotent-Replayed"

	maxKeyLength = 255 // characters
)

// placeOnce places the order, or returns the one that was placed under the key
// before; nil is no key.
func (h *Handlers) placeOnce(ctx context.Context, p domain.Placement, key *application.IdempotencyKey) (order *domain.Order, replayed bool, err error) {
	if key == nil {
		order, err = h.place.Do(ctx, p)
		return order, false, err
	}
	return h.place.DoOnce(ctx, p, *key)
}

// readKey reads the request's idempotency key, nil when it has none. Its error is
// a 400.
func readKey(c *fiber.Ctx) (*application.IdempotencyKey, error) {
	values := c.Request().Header.PeekAll(keyHeader)
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) > 1 || !isKey(values[0]) {
		return nil, fiber.NewError(fiber.StatusBadRequest, fmt.Sprintf("%s must be one value of 1 to %d visible ASCII characters", keyHeader, maxKeyLength))
	}
	return &application.IdempotencyKey{Caller: httpkit.CallerOf(c).Subject, Value: string(values[0])}, nil
}

func isKey(value []byte) bool {
	outside := func(r rune) bool { return r < '!' || r > '~' }
	return len(value) > 0 && len(value) <= maxKeyLength && !bytes.ContainsFunc(value, outside)
}
