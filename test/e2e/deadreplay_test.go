package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	amqp "github.com/rabbitmq/amqp091-go"
)

// What a service shows of its dead letters.
type (
	deadLetter struct {
		ID           string          `json:"id"`
		Copies       int             `json:"copies"`
		Reason       string          `json:"reason"`
		Detail       string          `json:"detail"`
		Type         string          `json:"type"`
		OrderID      string          `json:"order_id"`
		MessageID    string          `json:"message_id"`
		OriginalKey  string          `json:"original_routing_key"`
		Body         json.RawMessage `json:"body"`
		BodyEncoding string          `json:"body_encoding"`
	}
	deadAction struct {
		Action   string `json:"action"`
		Operator string `json:"operator"`
		LetterID string `json:"letter_id"`
		OrderID  string `json:"order_id"`
		Outcome  string `json:"outcome"`
	}
	deadResult struct {
		Done   int `json:"done"`
		Failed int `json:"failed"`
		Left   int `json:"left"`
		Unseen int `json:"unseen"`
	}
)

// poison has a service fail at every row of a table that doesn't meet the
// condition, as a defect would, until cure is called.
func poison(t *testing.T, service, table, condition string) (cure func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), system.DatabaseURL(service))
	if err != nil {
		t.Fatal(err)
	}
	execute := func(sql string) {
		if _, err := conn.Exec(context.WithoutCancel(t.Context()), sql); err != nil {
			t.Fatal(err)
		}
	}
	execute(fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT poison CHECK (%s) NOT VALID", table, condition))
	cure = sync.OnceFunc(func() {
		execute(fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT poison", table))
		_ = conn.Close(context.Background()) // it has done what it was for
	})
	t.Cleanup(cure)
	return cure
}

// waitDead returns when so many of a service's dead letters are about an order.
func waitDead(t *testing.T, service, order string, want int) []deadLetter {
	t.Helper()
	var found []deadLetter
	eventually(t, func() error {
		all, err := list[deadLetter](service, "/api/dead-letters", "")
		found = nil
		for _, l := range all {
			if l.OrderID == order {
				found = append(found, l)
			}
		}
		if err == nil && len(found) != want {
			err = fmt.Errorf("%d dead letters of %s are about order %s, want %d", len(found), service, order, want)
		}
		return err
	})
	return found
}

// post sends a request that must be answered with 200, and returns the answer.
func post[T any](t *testing.T, service, path, body string) T {
	t.Helper()
	a := call(t, http.MethodPost, service, path, body, "Content-Type", "application/json", "X-Operator", "the test")
	var got T
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != http.StatusOK {
		t.Fatalf("POST %s: %d %s", path, a.Status, a.Body)
	}
	return got
}

func TestPoisonMessageIsReplayedWhenItsCauseIsGone(t *testing.T) {
	p := newProduct(t, 5)
	cure := poison(t, inventory, "reservations", "items::text NOT LIKE '%"+p+"%'")
	placed := place(t, of(line{p, 2}))
	for range 2 { // looking takes nothing away
		letter := waitDead(t, inventory, placed.ID, 1)[0]
		var body struct{ Subject string }
		if err := json.Unmarshal(letter.Body, &body); err != nil || body.Subject != placed.ID || letter.BodyEncoding != "json" {
			t.Errorf("%s %s, %v", letter.BodyEncoding, letter.Body, err)
		}
		if letter.Reason != "failed" || letter.Type != "OrderCreated" || letter.OriginalKey != "order.created" || letter.Detail == "" {
			t.Errorf("%+v", letter)
		}
	}
	letter := waitDead(t, inventory, placed.ID, 1)[0]
	path := "/api/dead-letters/" + letter.ID

	// While its cause is there, it comes back as the same one.
	if got := post[deadAction](t, inventory, path+"/replay", ""); got.Outcome != "done" || got.Operator != "the test" {
		t.Errorf("%+v", got)
	}
	if again := waitDead(t, inventory, placed.ID, 1)[0]; again.ID != letter.ID || again.OriginalKey != "order.created" {
		t.Errorf("%+v came back as %+v", letter, again)
	}

	cure()
	post[deadAction](t, inventory, path+"/replay", "")
	waitFor(t, placed.ID, sold)
	waitDead(t, inventory, placed.ID, 0)
	for _, verb := range []string{"replay", "discard"} {
		if a := call(t, http.MethodPost, inventory, path+"/"+verb, ""); a.Status != http.StatusNotFound {
			t.Errorf("%s of what waits no more: %d %s", verb, a.Status, a.Body)
		}
	}
	actions := mustList[deadAction](t, inventory, "/api/dead-letter-actions", "order_id="+placed.ID)
	want := deadAction{Action: "replay", Operator: "the test", LetterID: letter.ID, OrderID: placed.ID, Outcome: "done"}
	if len(actions) != 2 || actions[0] != want || actions[1] != want {
		t.Errorf("recorded: %+v", actions)
	}
	expectStock(t, p, stock{Available: 3, Sold: 2})
}

// A crash between publishing and removing leaves the message in both queues.
func TestMessageThatIsReplayedTwiceHasItsEffectOnce(t *testing.T) {
	b, p := dialBroker(t), newProduct(t, 5)
	cure := poison(t, inventory, "reservations", "items::text NOT LIKE '%"+p+"%'")
	placed := place(t, of(line{p, 2}))
	waitDead(t, inventory, placed.ID, 1)
	var dead amqp.Delivery
	eventually(t, func() error {
		found := b.heardBy(func(d amqp.Delivery) bool { return d.Exchange == deadExchange && d.CorrelationId == placed.ID })
		if len(found) == 0 {
			return fmt.Errorf("the dead letter of order %s was not heard", placed.ID)
		}
		dead = found[0]
		return nil
	})
	b.publish(deadExchange, deadQueue(inventory), amqp.Publishing{
		MessageId: dead.MessageId, CorrelationId: dead.CorrelationId, Type: dead.Type, Timestamp: dead.Timestamp,
		ContentType: dead.ContentType, DeliveryMode: amqp.Persistent, Headers: dead.Headers, Body: dead.Body,
	})
	letter := waitDead(t, inventory, placed.ID, 1)[0]
	if letter.Copies != 2 {
		t.Errorf("%d copies", letter.Copies)
	}
	cure()
	before := handled(t, inventory, "OrderCreated")
	for range letter.Copies {
		post[deadAction](t, inventory, "/api/dead-letters/"+letter.ID+"/replay", "")
	}
	waitHandled(t, inventory, "OrderCreated", before+2)
	waitFor(t, placed.ID, sold)
	waitDead(t, inventory, placed.ID, 0)
	expectStock(t, p, stock{Available: 3, Sold: 2})
	reserved := b.heardBy(func(d amqp.Delivery) bool { return d.Type == "InventoryReserved" && d.CorrelationId == placed.ID })
	if len(reserved) != 1 {
		t.Errorf("%d reservations were announced", len(reserved))
	}
}

func TestGroupOfDeadLettersIsReplayed(t *testing.T) {
	customer := of().CustomerID
	cure := poison(t, notifications, "notifications", "customer_id <> '"+customer+"'")
	p := newProduct(t, 3)
	var ids []string
	for range 3 {
		order := of(line{p, 1})
		order.CustomerID = customer
		ids = append(ids, place(t, order).ID)
	}
	for _, id := range ids {
		waitDead(t, notifications, id, 2) // of the payment and of the confirmation
	}
	summary := mustGet[struct {
		Groups []struct {
			Reason, Type string
			Count        int
		}
	}](t, notifications, "/api/dead-letters/summary")
	counted := map[string]int{}
	for _, g := range summary.Groups {
		if g.Reason == "failed" {
			counted[g.Type] = g.Count
		}
	}
	if counted["OrderConfirmed"] != 3 || counted["PaymentProcessed"] != 3 {
		t.Errorf("%+v", summary)
	}
	cure()
	if got := post[deadResult](t, notifications, "/api/dead-letters/replay", `{"reason":"failed","type":"OrderConfirmed"}`); got != (deadResult{Done: 3}) {
		t.Errorf("%+v", got)
	}
	if got := post[deadResult](t, notifications, "/api/dead-letters/replay", `{"reason":"failed"}`); got != (deadResult{Done: 3}) {
		t.Errorf("%+v", got)
	}
	for _, id := range ids {
		waitFor(t, id, sold)
		waitDead(t, notifications, id, 0)
		if actions := mustList[deadAction](t, notifications, "/api/dead-letter-actions", "order_id="+id); len(actions) != 2 {
			t.Errorf("recorded: %+v", actions)
		}
	}
	if replayed, _, err := metric(notifications, "dead_letters_replayed_total"); err != nil || replayed < 6 {
		t.Errorf("%g replayed, %v", replayed, err)
	}
}

func TestDiscardedMessageIsGone(t *testing.T) {
	t.Parallel()
	b, id := dialBroker(t), newID()
	b.publish("", "payment.events", amqp.Publishing{MessageId: id, CorrelationId: id, Body: []byte("{\"a\": \xff")})
	letter := waitDead(t, payments, id, 1)[0]
	if string(letter.Body) != `"{\"a\": `+"\uFFFD"+`"` || letter.BodyEncoding != "binary" || letter.Reason != "malformed" || letter.MessageID != id {
		t.Errorf("%+v", letter)
	}
	post[deadAction](t, payments, "/api/dead-letters/"+letter.ID+"/discard", "")
	waitDead(t, payments, id, 0)
	if a := call(t, http.MethodGet, payments, "/api/dead-letters/"+letter.ID, ""); a.Status != http.StatusNotFound {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	actions := mustList[deadAction](t, payments, "/api/dead-letter-actions", "order_id="+id)
	if len(actions) != 1 || actions[0].Action != "discard" || actions[0].Outcome != "done" {
		t.Errorf("recorded: %+v", actions)
	}
}

// Wherever it is killed, nothing is lost, and nothing happens twice.
func TestServiceIsKilledInTheMiddleOfAReplay(t *testing.T) {
	leaveHealthy(t)
	const count = 60
	p := newProduct(t, count)
	cure := poison(t, inventory, "reservations", "items::text NOT LIKE '%"+p+"%'")
	var ids []string
	for range count {
		ids = append(ids, place(t, of(line{p, 1})).ID)
	}
	for _, id := range ids {
		waitDead(t, inventory, id, 1)
	}
	cure()
	const group = `{"reason":"failed","type":"OrderCreated"}`
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		// An answer would tell nothing that counts, and there is likely none.
		_, _ = request(http.MethodPost, inventory, "/api/dead-letters/replay", group, "Content-Type", "application/json")
	}()
	untilRecorded(t, ids[0])
	kill(t, system.Service(inventory))
	<-killed
	start(t, system.Service(inventory))
	waitReady(t, inventory, http.StatusOK, "ready")
	eventually(t, func() error {
		post[deadResult](t, inventory, "/api/dead-letters/replay", group)
		return noneLeft[deadLetter](inventory, "/api/dead-letters", "reason=failed&type=OrderCreated")
	})
	for _, id := range ids {
		waitFor(t, id, sold)
	}
	expectStock(t, p, stock{Sold: count})
}

// untilRecorded returns as soon as something that is to be done about an order's
// dead letter is recorded: in the middle of it.
func untilRecorded(t *testing.T, order string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, system.DatabaseURL(inventory))
	if err != nil {
		t.Fatal(err)
	}
	for recorded := false; !recorded; {
		err := conn.QueryRow(ctx, "SELECT count(*) > 0 FROM dead_letter_actions WHERE order_id = $1", order).Scan(&recorded)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(ctx); err != nil {
		t.Error(err)
	}
}
