package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const letterJSON = `{"id":"id-1","copies":2,"reason":"failed","detail":"violates a \u001b[31mcheck","type":"OrderCreated","order_id":"order-1",` +
	`"message_id":"m-1","original_routing_key":"order.created","published_at":"2026-01-02T03:04:05Z","content_type":"application/cloudevents+json",` +
	`"headers":{"x-reason":"failed","n":1},"size":9,"body":{"a":1.10},"body_encoding":"json","truncated":false}`

const foreignJSON = `{"id":"id-2","copies":1,"reason":"malformed","detail":"","type":"","order_id":"","message_id":"","original_routing_key":"",` +
	`"published_at":null,"headers":{},"size":5000,"body":"no\u0007 JSON\n�","body_encoding":"binary","truncated":true}`

// onlyInventoryHas has one service answer a list with items; the others have
// none.
func (s *shop) onlyInventoryHas(t *testing.T, path string, items ...string) (flags []string) {
	t.Helper()
	others := newShop(t)
	others.answer("GET "+path, `{"items":[],"next_cursor":null}`)
	others.answer("/", missing)
	s.answer("GET "+path, `{"items":[`+strings.Join(items, ",")+`],"next_cursor":null}`)
	return []string{"--order-url", others.url, "--payment-url", others.url, "--notification-url", others.url}
}

func TestDeadList(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	flags := s.onlyInventoryHas(t, "/api/dead-letters", letterJSON, foreignJSON)
	s.run(t, append(flags, "dead", "list", "--reason", "failed", "--type", "OrderCreated")...).expect(t, 0,
		`SERVICE    ID    REASON     TYPE          ORDER    PUBLISHED            COPIES  DETAIL
inventory  id-1  failed     OrderCreated  order-1  2026-01-02 03:04:05  2       violates a �[31mcheck
inventory  id-2  malformed  -             -        -                    1       -
`, "")
	if got := s.last(t).call; got != "GET /api/dead-letters?limit=50&reason=failed&type=OrderCreated" {
		t.Errorf("asked %s", got)
	}
	s.run(t, append(flags, "dead", "list", "--json")...).expect(t, 0,
		`{"items":[{"service":"inventory",`+letterJSON[1:]+`,{"service":"inventory",`+foreignJSON[1:]+`]}`+"\n", "")
}

// One service that is away doesn't hide what the others have.
func TestDeadListWithoutOneService(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	flags := s.onlyInventoryHas(t, "/api/dead-letters", letterJSON)
	got := s.run(t, append(flags, "dead", "list", "--payment-url", "http://127.0.0.1:1")...)
	if got.code != 3 || !strings.Contains(got.stdout, "id-1") || !strings.Contains(got.stderr, "of payment") {
		t.Errorf("%+v", got)
	}
	if got := s.run(t, append(flags, "dead", "list", "--service", "order,inventory", "--payment-url", "http://127.0.0.1:1")...); got.code != 0 {
		t.Errorf("%+v", got)
	}
}

func TestDeadSummary(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("GET /api/dead-letters/summary", `{"waiting":12000,"seen":10000,"groups":[{"reason":"failed","type":"OrderCreated","count":9999},{"reason":"unknown","type":"","count":1}]}`)
	s.run(t, "dead", "summary", "--service", "inventory").expect(t, 0, `SERVICE    REASON           TYPE          COUNT
inventory  failed           OrderCreated  9999
inventory  unknown          -             1
inventory  (not looked at)  -             2000
`, "")
	s.run(t, "dead", "summary", "--service", "inventory", "--json").expect(t, 0,
		`{"items":[{"service":"inventory","waiting":12000,"seen":10000,"groups":[{"reason":"failed","type":"OrderCreated","count":9999},{"reason":"unknown","type":"","count":1}]}]}`+"\n", "")
}

func TestDeadShow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.answer("GET /api/dead-letters/id-1", letterJSON)
	s.answer("GET /api/dead-letters/id-2", foreignJSON)
	s.run(t, "dead", "show", "id-1").expect(t, 0, `service       order
id            id-1
reason        failed
detail        violates a �[31mcheck
type          OrderCreated
order         order-1
message       m-1
routing key   order.created
published     2026-01-02 03:04:05
size          9 bytes
copies        2
header n      1
header x-reason  failed
body (json)
{
  "a": 1.10
}
`, "")
	got := s.run(t, "dead", "show", "id-2")
	if got.code != 0 || !strings.HasSuffix(got.stdout, "body (binary) (cut off)\nno� JSON\n�\n") {
		t.Errorf("%+v", got)
	}
}

func TestDeadReplayFindsTheServiceThatHasIt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	flags := s.onlyInventoryHas(t, "/none")
	s.answer("POST /api/dead-letters/id-1/replay", `{"action":"replay","operator":"ada","letter_id":"id-1","type":"OrderCreated","order_id":"order-1","reason":"failed","outcome":"done","detail":"","requested_at":"2026-01-02T03:04:05Z"}`)
	s.answer("POST /api/dead-letters/id-2/replay", missing)
	s.answer("POST /api/dead-letters/id-3/replay", `{"action":"replay","operator":"ada","letter_id":"id-3","outcome":"failed","detail":"no","requested_at":"2026-01-02T03:04:05Z"}`)
	const done = `WHEN                 WHO  WHAT    SERVICE    ID    REASON  TYPE          ORDER    OUTCOME  DETAIL
2026-01-02 03:04:05  ada  replay  inventory  id-1  failed  OrderCreated  order-1  done     -
`
	s.run(t, append(flags, "dead", "replay", "id-1")...).expect(t, 0, done, "")
	if got := s.last(t).header.Get("X-Operator"); got != "ada" {
		t.Errorf("X-Operator: %q", got)
	}
	s.run(t, append(flags, "dead", "replay", "id-1", "id-2", "--operator", "Zoë")...).expect(t, 1, done, "no dead letter id-2 waits")
	if got := s.last(t).header.Get("X-Operator"); got != "Zo%C3%AB" {
		t.Errorf("X-Operator: %q", got)
	}
	if got := s.run(t, append(flags, "dead", "replay", "id-3")...); got.code != 1 || !strings.Contains(got.stderr, "replay id-3: failed: no") {
		t.Errorf("%+v", got)
	}
	got := s.run(t, append(flags, "dead", "replay", "id-2", "--order-url", "http://127.0.0.1:1")...)
	if got.code != 3 { // it may be there
		t.Errorf("%+v", got)
	}
}

func TestDeadGroupsAreDoneInAsManyCallsAsItTakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []string
		want    result
		calls   int
	}{
		"all at once": {[]string{tallyJSON(7, 0, 0, 0)}, result{0, "payment  7     0       0     0\n", ""}, 1},
		"in parts":    {[]string{tallyJSON(100, 0, 120, 5), tallyJSON(100, 0, 25, 0), tallyJSON(25, 0, 0, 0)}, result{0, "payment  225   0       0     0\n", ""}, 3},
		"some stay":   {[]string{tallyJSON(100, 1, 2, 0), tallyJSON(1, 1, 1, 0), tallyJSON(0, 1, 1, 0)}, result{1, "payment  101   1       1     0\n", "1 are left"}, 3},
		"come back":   {[]string{tallyJSON(100, 0, 50, 0)}, result{1, "payment  200   0       50    0\n", "50 are left"}, 2},
		"none seen":   {[]string{tallyJSON(0, 0, 0, 9)}, result{0, "payment  0     0       0     9\n", ""}, 1},
		"away":        {[]string{tallyJSON(100, 0, 50, 0), "503 {}"}, result{3, "payment  100   0       50    0\n", "503"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.answer("POST /api/dead-letters/discard", c.answers...)
			got := s.run(t, "dead", "discard", "--yes", "--reason", "failed", "--type", "OrderCreated", "--service", "payment")
			got.expect(t, c.want.code, "SERVICE  DONE  FAILED  LEFT  NOT LOOKED AT\n"+c.want.stdout, c.want.stderr)
			if last := s.last(t); len(s.asked) != c.calls || last.body != `{"reason":"failed","type":"OrderCreated"}` {
				t.Errorf("%d calls, %s", len(s.asked), last.body)
			}
		})
	}
	s := newShop(t)
	s.answer("POST /api/dead-letters/replay", tallyJSON(1, 0, 0, 0))
	s.run(t, "dead", "replay", "--reason", "failed", "--service", "payment", "--json").expect(t, 0,
		`{"items":[{"service":"payment","done":1,"failed":0,"left":0,"unseen":0}]}`+"\n", "")
}

func tallyJSON(done, failed, left, unseen int) string {
	return fmt.Sprintf(`{"done":%d,"failed":%d,"left":%d,"unseen":%d}`, done, failed, left, unseen)
}

func TestDeadActionsOfAllServicesAreInOneOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	item := func(at, id string) string {
		return `{"action":"discard","operator":"ada","letter_id":"` + id + `","reason":"failed","outcome":"done","requested_at":"2026-01-02T03:04:0` + at + `Z"}`
	}
	other := newShop(t)
	other.answer("GET /api/dead-letter-actions", `{"items":[`+item("9", "b")+`,`+item("1", "d")+`],"next_cursor":null}`)
	s.answer("GET /api/dead-letter-actions", `{"items":[`+item("5", "c")+`],"next_cursor":null}`)
	got := s.run(t, "dead", "actions", "--service", "order,payment", "--payment-url", other.url, "--order", "order-1")
	var ids []string
	for _, row := range strings.Split(got.stdout, "\n")[1:4] {
		ids = append(ids, strings.Fields(row)[4]+" "+strings.Fields(row)[5])
	}
	if got.code != 0 || !slices.Equal(ids, []string{"payment b", "order c", "payment d"}) {
		t.Errorf("%v %+v", ids, got)
	}
	if call := s.last(t).call; call != "GET /api/dead-letter-actions?limit=50&order_id=order-1" {
		t.Errorf("asked %s", call)
	}
}
