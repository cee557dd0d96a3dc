package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// timeline is what happened to an order.
type timeline struct {
	OrderID string     `json:"order_id"`
	Items   []happened `json:"items"`
}

// timelineOf waits until so many events are in an order's timeline.
func timelineOf(t *testing.T, id string, n int) timeline {
	t.Helper()
	var shown timeline
	eventually(t, func() (err error) {
		shown, err = get[timeline](orders, "/api/orders/"+id+"/timeline")
		if err == nil && len(shown.Items) != n {
			err = fmt.Errorf("%d events in the timeline of %s: %+v", len(shown.Items), id, shown)
		}
		return err
	})
	return shown
}

// story tells the timeline's types, services and attempts, and checks that each
// event names its cause, if it has one, after which it stands.
func (tl timeline) story(t *testing.T) string {
	t.Helper()
	typeOf := map[string]string{}
	var steps []string
	for i, item := range tl.Items {
		text := fmt.Sprint(item.Service, " ", item.Type, " ", item.Attempts)
		if item.CausationID != nil {
			cause, known := typeOf[*item.CausationID]
			if !known {
				t.Errorf("%s stands before its cause %s", item.Type, *item.CausationID)
			}
			text += " < " + cause
		}
		typeOf[item.ID] = item.Type
		steps = append(steps, text)
		if item.ID == "" || item.Time.IsZero() || (item.SincePrevious == nil) != (i == 0) {
			t.Errorf("step %d is %+v", i, item)
		}
		if i > 0 && *item.SincePrevious != item.Time.Sub(tl.Items[i-1].Time).Milliseconds() {
			t.Errorf("%s came %d ms after %s, by their times %s", item.Type, *item.SincePrevious, tl.Items[i-1].Type,
				item.Time.Sub(tl.Items[i-1].Time))
		}
	}
	return strings.Join(steps, "\n")
}

const soldStory = `order OrderCreated 1
inventory InventoryReserved 1 < OrderCreated
payment PaymentProcessed 1 < InventoryReserved
order OrderConfirmed 1 < PaymentProcessed`

func TestTimelineTellsAnOrdersStory(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 10)
	for method, want := range map[string]string{
		"sim_success": soldStory,
		"sim_unavailable": `order OrderCreated 1
inventory InventoryReserved 1 < OrderCreated
payment PaymentFailed 3 < InventoryReserved
order OrderCancelled 1 < PaymentFailed
inventory InventoryReleased 1 < OrderCancelled`,
	} {
		placed := place(t, of(line{p, 1}).paying(method))
		shown := timelineOf(t, placed.ID, strings.Count(want, "\n")+1)
		if got := shown.story(t); got != want || shown.OrderID != placed.ID {
			t.Errorf("%s, %s:\n%s\nwant\n%s", method, shown.OrderID, got, want)
		}
	}
	a := call(t, http.MethodGet, orders, "/api/orders/"+newID()+"/timeline", "")
	if problemOf(t, a); a.Status != http.StatusNotFound {
		t.Errorf("timeline of no order: %d", a.Status)
	}
}

func TestTimelineIsCompleteAfterTheOrderServiceWasAway(t *testing.T) {
	leaveHealthy(t)
	stop(t, system.Service(payments))
	placed := place(t, of(line{newProduct(t, 1), 1}))
	eventually(t, func() error { return reservationIs("RESERVED")(placed.ID) })
	kill(t, system.Service(orders))
	start(t, system.Service(payments))
	eventually(t, func() error {
		p, err := get[payment](payments, "/api/payments/"+placed.ID)
		if err == nil && p.Status != "PROCESSED" {
			err = fmt.Errorf("the payment is %s", p.Status)
		}
		return err
	})
	start(t, system.Service(orders))
	if got := timelineOf(t, placed.ID, len(eventsSold)).story(t); got != soldStory {
		t.Errorf("timeline:\n%s\nwant\n%s", got, soldStory)
	}
}
