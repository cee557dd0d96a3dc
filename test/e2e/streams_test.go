package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"orders.internal/test/stack"
)

// orderReplica is addReplica for one more order service, as a program.
func orderReplica(t *testing.T, variables ...string) *stack.Program {
	t.Helper()
	return system.Service(addReplica(t, orders, variables...))
}

func TestStreamOfAnOrderTellsItsWholeStory(t *testing.T) {
	t.Parallel()
	placed := place(t, of(line{newProduct(t, 1), 1}).paying("sim_decline"))
	want := "OrderCreated InventoryReserved PaymentFailed OrderCancelled InventoryReleased"
	path := "/api/orders/" + placed.ID + "/events"
	told := mustStream(t, orders, path).read(t, len(eventsDeclined)) // as it happens
	if got := kinds(told); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	again := mustStream(t, orders, path).read(t, len(eventsDeclined)) // afterwards
	rest := mustStream(t, orders, path, "Last-Event-ID", fmt.Sprint(told[2].position)).read(t, 2)
	for i, c := range told {
		if c.OrderID != placed.ID || c.CustomerID != placed.CustomerID {
			t.Errorf("%+v is not about %s", c, placed.ID)
		}
		if got := again[i]; got.position != c.position || got.Event.ID != c.Event.ID {
			t.Errorf("the second time %+v, the first time %+v", got, c)
		}
	}
	if kinds(rest) != kinds(told[3:]) {
		t.Errorf("the rest is %s, want %s", kinds(rest), kinds(told[3:]))
	}
	var statuses []string
	for _, c := range told {
		statuses = append(statuses, c.Status)
	}
	if got := strings.Join(statuses, " "); got != "PENDING PENDING CANCELLED CANCELLED CANCELLED" {
		t.Errorf("statuses %s", got)
	}
}

func TestStreamOfAllIsFiltered(t *testing.T) {
	t.Parallel()
	p, customer := newProduct(t, 10), "customer-"+newID()
	s := mustStream(t, orders, "/api/events?status=COMPLETED&customer_id="+customer)
	for _, who := range []string{"customer-" + newID(), customer} {
		own := of(line{p, 1})
		own.CustomerID = who
		place(t, own)
	}
	for _, c := range s.read(t, 2) {
		if c.CustomerID != customer || c.Status != "COMPLETED" {
			t.Errorf("told of %+v", c)
		}
	}
}

// A replica is killed while a client has a stream open there and orders are placed
// at two; the client goes on at the other one.
func TestStreamGoesOnAtAnotherReplica(t *testing.T) {
	leaveHealthy(t)
	second := orderReplica(t)
	const many = 60
	p, customer := newProduct(t, 2*many), "customer-"+newID()
	path := "/api/events?customer_id=" + customer
	s := mustStream(t, second.Name, path)
	var placed sync.Map
	var placing sync.WaitGroup
	for _, replica := range []string{orders, orders, second.Name} {
		placing.Go(func() {
			own := of(line{p, 1})
			own.CustomerID = customer
			for range many / 3 {
				if id, err := placeAt(replica, own); err == nil { // the killed one takes no more
					placed.Store(id, true)
				}
			}
		})
	}
	told := s.read(t, 20)
	kill(t, second)
	for { // what was on its way
		c, err := s.next()
		if err != nil {
			break
		}
		told = append(told, c)
	}
	placing.Wait()
	rest := mustStream(t, orders, path, s.lastEventID()...)
	ids := map[string]int{}
	for _, c := range told {
		ids[c.OrderID]++
	}
	// Orders whose answer was lost with the replica are told of, too.
	complete := func() bool {
		all := true
		placed.Range(func(id, _ any) bool {
			all = all && ids[id.(string)] == len(eventsSold)
			return all
		})
		return all
	}
	for !complete() {
		c := rest.read(t, 1)[0]
		told = append(told, c)
		ids[c.OrderID]++
	}
	seen := map[string]bool{}
	for i, c := range told {
		if seen[c.Event.ID] || i > 0 && c.position <= told[i-1].position {
			t.Errorf("told of %+v after %+v, before: %v", c, told[max(0, i-1)], seen[c.Event.ID])
		}
		seen[c.Event.ID] = true
	}
}

func TestStreamOutlastsTheDatabase(t *testing.T) {
	leaveHealthy(t)
	own := of(line{newProduct(t, 2), 1})
	s := mustStream(t, orders, "/api/events?customer_id="+own.CustomerID)
	for range 2 {
		var id string
		eventually(t, func() (err error) {
			id, err = placeIfPossible(t, own)
			return err
		})
		told := s.read(t, len(eventsSold))
		for _, c := range told {
			if c.OrderID != id {
				t.Errorf("told of %+v, want %s", c, id)
			}
		}
		waitFor(t, id, sold)
		kill(t, system.Database)
		start(t, system.Database)
	}
}

// A client that has closed its stream gives its place back before a sign of life is due.
func TestStreamThatIsClosedMakesRoom(t *testing.T) {
	replica := orderReplica(t, "STREAMS_MAX=1")
	begun := time.Now()
	for range 3 {
		eventually(t, func() error {
			s, err := openStream(replica.Name, "/api/events")
			if err == nil {
				s.close()
			}
			return err
		})
	}
	if took := time.Since(begun); took > 25*time.Second { // each would wait for the second sign of life, 15 to 30 s
		t.Errorf("it took %s", took)
	}
}

// A service that stops ends all of its streams, cuts none off, and leaves by itself.
// How soon, TestStopWithManyStreamsWhileTheDatabaseIsSilent of the order service holds.
func TestServiceStopsWithManyStreamsOpen(t *testing.T) {
	const many = 100
	replica := orderReplica(t, "STREAMS_MAX="+fmt.Sprint(many))
	var streams []*stream
	for range many {
		streams = append(streams, mustStream(t, replica.Name, "/api/events"))
	}
	a := call(t, http.MethodGet, replica.Name, "/api/events", "")
	expectUnavailable(t, a) // one more
	if n, _, err := metric(replica.Name, "order_streams_open"); err != nil || n != many {
		t.Errorf("%v streams are open, %v", n, err)
	}
	stop(t, replica) // fails if it has to be killed
	if how := replica.Exit(); how != "exit status 0" {
		t.Errorf("the service left with %s: something was cut off", how)
	}
	for _, s := range streams {
		s.readToItsEnd(t)
	}
}
