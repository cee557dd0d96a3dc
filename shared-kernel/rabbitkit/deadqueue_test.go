package rabbitkit

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/contracts"
	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/rabbitkit/rabbittest"
)

// bury puts messages into the dead queue and returns their ids, oldest first.
func (b broker) bury(t *testing.T, count int) (ids []string) {
	t.Helper()
	var batch []Message
	for i := range count {
		ids = append(ids, fmt.Sprintf("letter-%05d", i))
		batch = append(batch, Message{Exchange: DeadExchange, RoutingKey: inventoryDead, ID: ids[i], Body: []byte("{}")})
	}
	b.publish(t, batch...)
	return ids
}

func (b broker) letters() *DeadLetters { return NewDeadLetters(b.url, contracts.ServiceInventory) }

// take takes everything that waits into hand, in batches.
func take(t *testing.T, h *Held, batch int) []amqp.Delivery {
	t.Helper()
	var all []amqp.Delivery
	for {
		some, err := h.Next(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
	}
}

func idsOf(all []amqp.Delivery) (ids []string) {
	for _, d := range all {
		ids = append(ids, d.MessageId)
	}
	return ids
}

func TestWhatIsNotRemovedGoesBackInItsOrder(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	want := b.bury(t, 300)
	for round := range 3 {
		err := b.letters().Hold(t.Context(), func(h *Held) error {
			if h.Waiting != len(want) {
				t.Errorf("%d wait, want %d", h.Waiting, len(want))
			}
			all := take(t, h, 70)
			if got := idsOf(all); !slices.Equal(got, want) {
				t.Errorf("round %d: got %d messages in another order: %v", round, len(got), got)
			}
			if depth := b.depth(t, inventoryDead); depth != 0 {
				t.Errorf("%d are in nobody's hand", depth)
			}
			want = slices.Concat(want[:100], want[103:])
			return h.Remove(all[100:103]...)
		})
		if err != nil {
			t.Fatal(err)
		}
		if depth := b.depth(t, inventoryDead); depth != len(want) { // at once
			t.Errorf("%d wait afterwards, want %d", depth, len(want))
		}
	}
	if waiting, err := b.letters().Waiting(t.Context()); err != nil || waiting != len(want) {
		t.Errorf("%d wait, %v", waiting, err)
	}
}

// A dead queue has no limit that looking into it could reach.
func TestLookingAgainAndAgainLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	want := b.bury(t, 3)
	for range deliveryLimit + 5 {
		err := b.letters().Hold(t.Context(), func(h *Held) error {
			if got := idsOf(take(t, h, 10)); !slices.Equal(got, want) {
				t.Errorf("got %v", got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestHolderThatIsLostLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	want := b.bury(t, 50)
	proxy := rabbittest.NewProxy(t, b.url)
	letters := NewDeadLetters(proxy.URL, contracts.ServiceInventory)
	err := letters.Hold(t.Context(), func(h *Held) error {
		all := take(t, h, 100)
		proxy.Cut()
		return h.Remove(all[0])
	})
	if !errs.Is(err, errs.Unavailable) {
		t.Errorf("removed over a connection that was lost: %v", err)
	}
	b.awaitDepth(t, inventoryDead, len(want))
	err = b.letters().Hold(t.Context(), func(h *Held) error {
		if got := idsOf(take(t, h, 100)); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoHoldsAtTheSameTimeGetsOtherMessages(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	ids := b.bury(t, 20)
	err := b.letters().Hold(t.Context(), func(first *Held) error {
		return b.letters().Hold(t.Context(), func(second *Held) error {
			some, err := first.Next(t.Context(), 5)
			if err != nil {
				return err
			}
			rest := take(t, second, 20) // 20 were counted, and 5 don't come
			if got := append(idsOf(some), idsOf(rest)...); !slices.Equal(got, ids) {
				t.Errorf("got %v", got)
			}
			return first.Remove(some...)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.awaitDepth(t, inventoryDead, 15)
}

func TestNothingIsHeldWithoutABrokerOrAQueue(t *testing.T) {
	t.Parallel()
	never := func(*Held) error { return errors.New("held") }
	nobody := NewDeadLetters("amqp://127.0.0.1:1/", contracts.ServiceInventory)
	if err := nobody.Hold(t.Context(), never); !errs.Is(err, errs.Unavailable) {
		t.Errorf("no broker: %v", err)
	}
	if _, err := nobody.Waiting(t.Context()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("no broker: %v", err)
	}
	empty := NewDeadLetters(rabbittest.New(t), contracts.ServiceInventory)
	if err := empty.Hold(t.Context(), never); !errs.Is(err, errs.Unavailable) {
		t.Errorf("no queue: %v", err)
	}
	if err := newBroker(t).letters().Hold(t.Context(), never); err == nil || err.Error() != "held" {
		t.Errorf("the callback's own error: %v", err)
	}
}
