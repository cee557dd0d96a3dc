package deadkit

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/shared-kernel/rabbitkit"
)

func TestEqualMessagesHaveTheSameIDAndOthersNot(t *testing.T) {
	t.Parallel()
	base := func() amqp.Delivery {
		return amqp.Delivery{Body: []byte("body"), MessageId: "m", Type: "t", CorrelationId: "o", Timestamp: noon,
			Headers: amqp.Table{rabbitkit.HeaderReason: "r", rabbitkit.HeaderOriginalRoutingKey: "k"}}
	}
	id := message{base()}.id()
	again := base()
	again.Headers["x-delivery-count"], again.Headers[rabbitkit.HeaderDetail], again.Redelivered, again.DeliveryTag = int64(3), "d", true, 9
	if got := (message{again}).id(); got != id || len(id) != 32 {
		t.Errorf("%q became %q by being looked at", id, got)
	}
	for name, change := range map[string]func(*amqp.Delivery){
		"body":    func(d *amqp.Delivery) { d.Body = []byte("other") },
		"reason":  func(d *amqp.Delivery) { d.Headers[rabbitkit.HeaderReason] = "s" },
		"key":     func(d *amqp.Delivery) { d.Headers[rabbitkit.HeaderOriginalRoutingKey] = "l" },
		"message": func(d *amqp.Delivery) { d.MessageId = "n" },
		"type":    func(d *amqp.Delivery) { d.Type = "u" },
		"time":    func(d *amqp.Delivery) { d.Timestamp = noon.Add(time.Second) },
		"shifted": func(d *amqp.Delivery) { d.MessageId, d.Type = "mt", "" },
	} {
		d := base()
		if change(&d); (message{d}).id() == id {
			t.Errorf("another %s has the same id", name)
		}
	}
}

func TestWhatAMessageIsAboutComesFromItsBody(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]string{
		`{"type":"OrderCreated","subject":"order-1"}`: {"OrderCreated", "order-1"},
		`{"type":"OrderCreated","subject":7}`:         {"OrderCreated", "property-order"},
		`{"type":`:                                    {"property-type", "property-order"},
		``:                                            {"property-type", "property-order"},
		`{"type":"a\u0000b","subject":"` + strings.Repeat("x", 300) + `"}`: {"a\uFFFDb", strings.Repeat("x", maxText)},
	} {
		m := message{amqp.Delivery{Body: []byte(body), Type: "property-type", CorrelationId: "property-order"}}
		if eventType, orderID := m.about(); eventType != want[0] || orderID != want[1] {
			t.Errorf("%s is about %q, %q", body, eventType, orderID)
		}
	}
}

func TestTimesThatNobodyCanWriteAreLeftOut(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0), time.Unix(1<<40, 0)} {
		if got := (message{amqp.Delivery{Timestamp: at}}).publishedAt(); !got.IsZero() {
			t.Errorf("%v", got)
		}
	}
}

func TestBodiesAreShownAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	for name, c := range map[string]struct {
		body string
		want Body
	}{
		"object":         {`{"a":1.10}`, Body{JSON: json.RawMessage(`{"a":1.10}`)}},
		"string":         {`"a\"[{"`, Body{JSON: json.RawMessage(`"a\"[{"`)}},
		"deepest":        {nested[1 : len(nested)-1], Body{JSON: json.RawMessage(nested[1 : len(nested)-1])}},
		"too deep":       {nested, Body{Text: nested}},
		"half an object": {`{"a":`, Body{Text: `{"a":`}},
		"nothing":        {``, Body{}},
		"no UTF-8":       {"{\"a\":\"\xff\"}", Body{Text: "{\"a\":\"\uFFFD\"}", Binary: true}},
		"long":           {strings.Repeat("ü", 60), Body{Text: strings.Repeat("ü", 50), Truncated: true}},
		"long JSON":      {`"` + strings.Repeat("x", 200) + `"`, Body{Text: `"` + strings.Repeat("x", 99), Truncated: true}},
		"odd cut":        {"x" + strings.Repeat("ü", 60), Body{Text: "x" + strings.Repeat("ü", 49), Truncated: true}},
	} {
		most := 100
		if name == "too deep" || name == "deepest" {
			most = len(nested)
		}
		if got := showBody([]byte(c.body), most); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := showBody([]byte(strings.Repeat("\x80", 200)), 100); !got.Binary || !got.Truncated || !utf8.ValidString(got.Text) {
		t.Errorf("%+v", got)
	}
}

func TestAnyHeaderCanBeShown(t *testing.T) {
	t.Parallel()
	headers := amqp.Table{
		"text": "a\xffb", "long": strings.Repeat("x", maxHeader+1), "bytes": []byte("b"), "nothing": nil, "yes": true,
		"byte": byte(1), "int": int32(-2), "float": 1.5, "nan": math.NaN(), "inf": math.Inf(1), "float32": float32(0.5),
		"decimal": amqp.Decimal{Scale: 2, Value: 150}, "time": time.Unix(1<<40, 0), "x-delivery-count": int64(4),
		"table": amqp.Table{"list": []any{int64(1), "two"}},
	}
	m := message{amqp.Delivery{Headers: headers}}
	shown, err := json.Marshal(toLetter(m.letter(m.id(), maxPreview)))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Headers map[string]any }
	if err := json.Unmarshal(shown, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Headers) != len(headers)-1 || got.Headers["text"] != "a\uFFFDb" || got.Headers["nan"] != "NaN" ||
		!reflect.DeepEqual(got.Headers["table"], map[string]any{"list": []any{1.0, "two"}}) {
		t.Errorf("%s", shown)
	}
}
