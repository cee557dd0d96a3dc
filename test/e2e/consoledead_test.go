package e2e

import (
	"fmt"
	"net/http"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestConsoleReplaysAPoisonMessage(t *testing.T) {
	broker := dialBroker(t)
	ids := []string{newID(), newID(), newID()}
	cure := poison(t, payments, "payments", fmt.Sprintf("order_id NOT IN ('%s', '%s', '%s')", ids[0], ids[1], ids[2]))
	for _, id := range ids {
		broker.deliver(payments, newEvent(cancelled(id)))
	}
	for _, id := range ids {
		waitDead(t, payments, id, 1)
	}
	b := openConsole(t, orders, "#/dead-letters")
	b.fill("#operator", "Zoë")
	const group = "#groups tr[data-service=payment][data-reason=failed]"
	b.sees(group, "OrderCancelled")
	b.press(group+" a", "failed")
	for _, id := range ids {
		b.sees("#letters .letter", id)
	}
	b.press("#letters .letter summary", "Body and headers")
	b.sees("#letters pre", `"reason": "CUSTOMER_REQUEST"`)
	b.picture("console-dead-letters")

	one := fmt.Sprintf("#letters .letter:has(a[href$=%q])", ids[0])
	b.press(one+" button", "Replay")
	b.sees("#result", "Replayed: OrderCancelled")
	waitDead(t, payments, ids[0], 1) // it is back: its cause is not gone

	cure()
	b.press("#look", "")
	b.press(one+" button", "Replay")
	b.seesNo("#letters .letter", ids[0])
	b.press(group+" button", "Replay 2")
	b.sees("#result", "Replayed 2 messages of payment.")
	b.seesNo(group, "")
	b.sees("#actions tr", "Zoë")
	b.sees("#actions tr", ids[2])
	for _, id := range ids {
		eventually(t, func() error {
			p, err := get[payment](payments, "/api/payments/"+id)
			if err == nil && p.Status != "VOIDED" {
				err = fmt.Errorf("payment of %s is %s", id, p.Status)
			}
			return err
		})
	}
}

func TestConsoleDiscardsAMessage(t *testing.T) {
	broker, id := dialBroker(t), newID()
	broker.publish("", "notification.events", amqp.Publishing{MessageId: id, Headers: amqp.Table{"origin": "<b>elsewhere</b>"}, Body: []byte("no <i>JSON</i>")})
	eventually(t, func() error {
		all, err := list[deadLetter](notifications, "/api/dead-letters", "reason=malformed")
		for _, l := range all {
			if l.MessageID == id {
				return nil
			}
		}
		return fmt.Errorf("message %s is not there, %v", id, err)
	})
	b := openConsole(t, orders, "#/dead-letters?service=notification&reason=malformed")
	b.sees("#letters .letter", id)
	b.evaluate(`document.querySelectorAll("#letters details").forEach((d) => (d.open = true))`)
	b.sees("#letters pre", "no <i>JSON</i>")
	b.sees("#letters td", "<b>elsewhere</b>")
	article := fmt.Sprintf("#letters .letter[data-letter=%q]", letterID(t, id))
	b.press(article+" button", "Discard")
	b.press("dialog button", "Cancel")
	b.seesNo("dialog", "")
	b.sees(article, id)
	b.press(article+" button", "Discard")
	b.press("#confirm", "Discard")
	b.sees("#result", "Discarded")
	b.seesNo("#letters .letter", id)
	b.sees("#actions tr", "anonymous")
}

// letterID is the dead letter's with this message id.
func letterID(t *testing.T, messageID string) string {
	t.Helper()
	for _, l := range mustList[deadLetter](t, notifications, "/api/dead-letters", "reason=malformed") {
		if l.MessageID == messageID {
			return l.ID
		}
	}
	t.Fatalf("message %s is not there", messageID)
	return ""
}

// A service looks at its oldest 10,000 dead letters, and more are waiting. (The
// answers are made up: so many messages take a minute to get rid of.)
func TestConsoleSaysWhatWasNotLookedAt(t *testing.T) {
	b := openConsole(t, orders, "#/orders")
	b.sees("#place", "")
	b.evaluate(`(() => {
		const ask = window.fetch;
		const tallies = [{done: 100, failed: 0, left: 20, unseen: 300}, {done: 20, failed: 0, left: 0, unseen: 200}, {done: 0, failed: 0, left: 0, unseen: 180}];
		window.fetch = (address, options) => {
			const answers = {
				"/console/payment/api/dead-letters/summary": () => ({waiting: 10300, seen: 10000, groups: [{reason: "failed", type: "OrderCancelled", count: 120}]}),
				"/console/payment/api/dead-letters/discard": () => tallies.shift(),
			};
			return answers[address] ? Promise.resolve(Response.json(answers[address]())) : ask(address, options);
		};
		location.hash = "#/dead-letters";
	})()`)
	const group = "#groups tr[data-service=payment]"
	b.sees(group, "One look goes through the oldest 10,000.")
	b.press(group+" button", "Discard 120")
	b.sees("dialog", "Discard 120 messages of payment, and those like them among the 300 that were not looked at?")
	b.press("#confirm", "Discard")
	b.sees("#result", "Discarded 120 messages of payment; 180 messages behind the oldest 10,000 not looked at.")
}

func TestConsoleSaysWhichServiceIsAway(t *testing.T) {
	leaveHealthy(t)
	stop(t, system.Service(notifications))
	b := openConsole(t, orders, "#/dead-letters")
	b.sees(".fault", "notification: The notification service can't be reached.")
	a := call(t, http.MethodGet, orders, "/console/notification/api/dead-letters/summary", "")
	expectUnavailable(t, a)
	start(t, system.Service(notifications))
	b.press("#look", "")
	b.seesNo(".fault", "notification")
}
