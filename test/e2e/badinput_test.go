package e2e

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// body is a good order's, with one part replaced.
func body(old, new string) string {
	const good = `{"customer_id":"customer-1","items":[{"product_id":"product-C","quantity":1}],"total_amount":10.00}`
	if old == "" {
		return good
	}
	return strings.Replace(good, old, new, 1)
}

const (
	customer = `"customer-1"`
	items    = `[{"product_id":"product-C","quantity":1}]`
	item     = `{"product_id":"product-C","quantity":1}`
	ofWhat   = `"product-C"`
	quantity = `"quantity":1`
	total    = `10.00`
)

var badBodies = map[string]struct {
	body   string
	status int
	field  string // "" when the body as a whole is at fault
}{
	"no body":                     {"", 400, ""},
	"blanks":                      {" \n", 400, ""},
	"not JSON":                    {"customer_id=customer-1", 400, ""},
	"half an object":              {`{"customer_id":"cust`, 400, ""},
	"trailing garbage":            {body("", "") + "x", 400, ""},
	"a second object":             {body("", "") + "{}", 400, ""},
	"duplicate key":               {body(`"items"`, `"customer_id":"customer-2","items"`), 400, ""},
	"duplicate key in a line":     {body(quantity, `"quantity":1,"quantity":2`), 400, ""},
	"duplicate key, escaped once": {body(`"items"`, `"customer\u005fid":"customer-2","items"`), 400, ""},
	"invalid UTF-8":               {body(customer, "\"\xff\xfe\""), 400, ""},
	"raw control character":       {body(customer, "\"a\nb\""), 400, ""},
	"raw NUL":                     {body(customer, "\"a\x00b\""), 400, ""},
	"NUL behind the object":       {body("", "") + "\x00", 400, ""},
	"half a surrogate":            {body(customer, `"\ud800"`), 400, ""},
	"NaN":                         {body(total, "NaN"), 400, ""},
	"deep nesting":                {body(`"items"`, `"x":`+strings.Repeat("[", 33)+strings.Repeat("]", 33)+`,"items"`), 400, ""},
	"very deep nesting":           {strings.Repeat("[", 100_000), 400, ""},
	"5 MB":                        {body(customer, `"`+strings.Repeat("x", 5<<20)+`"`), 413, ""},
	"just above 1 MiB":            {body(customer, `"`+strings.Repeat("x", 1<<20)+`"`), 413, ""},

	"null":           {"null", 422, "body"},
	"array":          {"[]", 422, "body"},
	"text":           {`"order"`, 422, "body"},
	"number":         {"1", 422, "body"},
	"empty object":   {"{}", 422, "customer_id"},
	"names in title": {body("customer_id", "Customer_ID"), 422, "customer_id"},

	"no customer":                        {body(`"customer_id":"customer-1",`, ""), 422, "customer_id"},
	"null customer":                      {body(customer, "null"), 422, "customer_id"},
	"number as customer":                 {body(customer, "1"), 422, "customer_id"},
	"object as customer":                 {body(customer, "{}"), 422, "customer_id"},
	"empty customer":                     {body(customer, `""`), 422, "customer_id"},
	"customer of 300 characters":         {body(customer, `"`+strings.Repeat("x", 300)+`"`), 422, "customer_id"},
	"customer of 129 characters":         {body(customer, `"`+strings.Repeat("é", 129)+`"`), 422, "customer_id"},
	"customer with a control character":  {body(customer, `"a\u0007b"`), 422, "customer_id"},
	"customer with a C1 control":         {body(customer, `"a\u0085b"`), 422, "customer_id"},
	"customer with a NUL":                {body(customer, `"a\u0000b"`), 422, "customer_id"},
	"no items":                           {body(`"items":`+items+`,`, ""), 422, "items"},
	"null items":                         {body(items, "null"), 422, "items"},
	"object as items":                    {body(items, item), 422, "items"},
	"text as items":                      {body(items, `"x"`), 422, "items"},
	"0 lines":                            {body(items, "[]"), 422, "items"},
	"101 lines":                          {body(items, lines(101)), 422, "items"},
	"number as line":                     {body(item, "1"), 422, "items[0]"},
	"null as line":                       {body(item, "null"), 422, "items[0]"},
	"second line is an array":            {body(items, "["+item+",[]]"), 422, "items[1]"},
	"line without a product":             {body(item, `{"quantity":1}`), 422, "items[0].product_id"},
	"empty product":                      {body(ofWhat, `""`), 422, "items[0].product_id"},
	"number as product":                  {body(ofWhat, "7"), 422, "items[0].product_id"},
	"product of 300 characters":          {body(ofWhat, `"`+strings.Repeat("x", 300)+`"`), 422, "items[0].product_id"},
	"product with a NUL":                 {body(ofWhat, `"\u0000"`), 422, "items[0].product_id"},
	"line without a quantity":            {body(item, `{"product_id":"product-C"}`), 422, "items[0].quantity"},
	"quantity 0":                         {body(quantity, `"quantity":0`), 422, "items[0].quantity"},
	"negative quantity":                  {body(quantity, `"quantity":-1`), 422, "items[0].quantity"},
	"huge quantity":                      {body(quantity, `"quantity":10001`), 422, "items[0].quantity"},
	"quantity that no integer holds":     {body(quantity, `"quantity":99999999999999999999`), 422, "items[0].quantity"},
	"negative one that no integer holds": {body(quantity, `"quantity":-99999999999999999999`), 422, "items[0].quantity"},
	"quantity that no float holds":       {body(quantity, `"quantity":1e400`), 422, "items[0].quantity"},
	"half a piece":                       {body(quantity, `"quantity":0.5`), 422, "items[0].quantity"},
	"text as quantity":                   {body(quantity, `"quantity":"1"`), 422, "items[0].quantity"},
	"no total":                           {body(`,"total_amount":10.00`, ""), 422, "total_amount"},
	"null total":                         {body(total, "null"), 422, "total_amount"},
	"text as total":                      {body(total, `"10.00"`), 422, "total_amount"},
	"total 0":                            {body(total, "0"), 422, "total_amount"},
	"negative total":                     {body(total, "-0.01"), 422, "total_amount"},
	"three decimals":                     {body(total, "150.001"), 422, "total_amount"},
	"total that no float holds":          {body(total, "1e400"), 422, "total_amount"},
	"too large a total":                  {body(total, "1000000000.00"), 422, "total_amount"},
	"empty payment method":               {body(total, `10.00,"payment_method":""`), 422, "payment_method"},
	"number as payment method":           {body(total, `10.00,"payment_method":1`), 422, "payment_method"},
	"payment method of 65 characters":    {body(total, `10.00,"payment_method":"`+strings.Repeat("x", 65)+`"`), 422, "payment_method"},
	"unknown simulated method":           {body(total, `10.00,"payment_method":"sim_maybe"`), 422, "payment_method"},
}

func lines(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]" }

func TestBadOrdersAreRefusedAndLeaveNothing(t *testing.T) {
	b, before := dialBroker(t), newest(t)
	for name, c := range badBodies {
		t.Run(name, func(t *testing.T) {
			a := call(t, http.MethodPost, orders, "/api/orders", c.body, "Content-Type", "application/json")
			p := problemOf(t, a)
			if a.Status != c.status {
				t.Fatalf("%d %s, want %d", a.Status, a.Body, c.status)
			}
			named := slices.ContainsFunc(p.Errors, func(e struct {
				Field  string `json:"field"`
				Detail string `json:"detail"`
			}) bool {
				return e.Field == c.field && e.Detail != ""
			})
			if named != (c.field != "") {
				t.Errorf("the field is %q: %s", c.field, a.Body)
			}
		})
	}
	if after := newest(t); after != before {
		t.Errorf("a refused order was kept: the newest was %q and is %q", before, after)
	}
	// What was published before this one has been heard when this one has.
	marker := place(t, of(line{newProduct(t, 1), 1}))
	waitFor(t, marker.ID, sold)
	if others := b.heardBy(func(d amqp.Delivery) bool { return d.CorrelationId != marker.ID }); len(others) > 0 {
		t.Errorf("%d messages about refused orders, the first is %s", len(others), others[0].Body)
	}
}

// newest is the id of the newest order.
func newest(t *testing.T) string {
	t.Helper()
	p := mustGet[page[order]](t, orders, "/api/orders?limit=1")
	if len(p.Items) == 0 {
		return ""
	}
	return p.Items[0].ID
}

func TestEveryFaultOfAnOrderIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	a := call(t, http.MethodPost, orders, "/api/orders",
		`{"customer_id":1,"items":[{"product_id":"","quantity":0},{"product_id":"p","quantity":1},{"quantity":"x"}],"total_amount":-1,"payment_method":"sim_x"}`,
		"Content-Type", "application/json")
	var fields []string
	for _, e := range problemOf(t, a).Errors {
		fields = append(fields, e.Field)
	}
	slices.Sort(fields)
	want := []string{"customer_id", "items[0].product_id", "items[0].quantity", "items[2].product_id", "items[2].quantity", "payment_method", "total_amount"}
	if !slices.Equal(fields, want) {
		t.Errorf("fields %v, want %v", fields, want)
	}
}

func TestOrdersAtTheLimitsAreAccepted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, total string }{
		"100 lines":           {body(items, lines(100)), "10.00"},
		"longest customer":    {body(customer, `"`+strings.Repeat("é", 128)+`"`), "10.00"},
		"longest product":     {body(ofWhat, `"`+strings.Repeat("x", 128)+`"`), "10.00"},
		"largest quantity":    {body(quantity, `"quantity":10000`), "10.00"},
		"smallest total":      {body(total, "0.01"), "0.01"},
		"largest total":       {body(total, "999999999.99"), "999999999.99"},
		"whole total":         {body(total, "150"), "150.00"},
		"exact exponent":      {body(total, "1.5e2"), "150.00"},
		"more fields":         {body(total, `10.00,"note":{"a":[null]}`), "10.00"},
		"nested 32 deep":      {body(total, `10.00,"x":`+strings.Repeat("[", 31)+strings.Repeat("]", 31)), "10.00"},
		"null payment method": {body(total, `10.00,"payment_method":null`), "10.00"},
		"own method":          {body(total, `10.00,"payment_method":"`+strings.Repeat("x", 64)+`"`), "10.00"},
	} {
		t.Run(name, func(t *testing.T) {
			a := call(t, http.MethodPost, orders, "/api/orders", c.body, "Content-Type", "application/json; charset=utf-8")
			if placed := accepted(t, a); !strings.Contains(a.Body, `"total_amount":`+c.total) {
				t.Errorf("%s: total of %s is not %s", a.Body, placed.ID, c.total)
			} else {
				waitFor(t, placed.ID, short)
			}
		})
	}
}

func TestOrderIsFoundUnderItsOwnIDAlone(t *testing.T) {
	t.Parallel()
	id := place(t, of(line{newProduct(t, 1), 1})).ID
	for _, other := range []string{"x" + id + "y", "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", "")} {
		for method, path := range map[string]string{http.MethodGet: "", http.MethodPost: "/cancel"} {
			a := call(t, method, orders, "/api/orders/"+url.PathEscape(other)+path, "")
			if problemOf(t, a); a.Status != http.StatusNotFound {
				t.Errorf("%s %s%s: %d %s", method, other, path, a.Status, a.Body)
			}
		}
	}
}

func TestCompressedOrdersAreRefused(t *testing.T) {
	t.Parallel()
	var compressed bytes.Buffer
	gz := gzip.NewWriter(&compressed)
	if _, err := gz.Write([]byte(body("", "") + strings.Repeat(" ", 64<<20))); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ body, coding string }{
		"64 MiB in some KiB": {compressed.String(), "gzip"},
		"broken gzip":        {body("", ""), "gzip"},
		"unknown coding":     {body("", ""), "rot13"},
	} {
		t.Run(name, func(t *testing.T) {
			a := call(t, http.MethodPost, orders, "/api/orders", c.body, "Content-Type", "application/json", "Content-Encoding", c.coding)
			problemOf(t, a)
			if a.Status != http.StatusUnsupportedMediaType {
				t.Errorf("%d %s, want 415", a.Status, a.Body)
			}
		})
	}
}

func TestWrongMethodsPathsAndMediaTypes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, contentType string
		status                    int
	}{
		"wrong method":             {http.MethodDelete, "/api/orders", "application/json", 405},
		"wrong method for one":     {http.MethodPut, "/api/orders/" + newID(), "application/json", 405},
		"no method of HTTP":        {"FOO", "/api/orders", "application/json", 405},
		"no method and no path":    {"FOO", "/api/order", "application/json", 404},
		"wrong media type":         {http.MethodPost, "/api/orders", "text/xml", 415},
		"form":                     {http.MethodPost, "/api/orders", "application/x-www-form-urlencoded", 415},
		"no media type":            {http.MethodPost, "/api/orders", "", 415},
		"another charset":          {http.MethodPost, "/api/orders", "application/json; charset=latin1", 415},
		"no such path":             {http.MethodPost, "/api/order", "application/json", 404},
		"unknown order":            {http.MethodGet, "/api/orders/" + newID(), "", 404},
		"no UUID":                  {http.MethodGet, "/api/orders/1", "", 404},
		"no UUID but a long text":  {http.MethodGet, "/api/orders/" + strings.Repeat("x", 3000), "", 404},
		"NUL":                      {http.MethodGet, "/api/orders/%00", "", 404},
		"invalid UTF-8":            {http.MethodGet, "/api/orders/%ff", "", 404},
		"quotes":                   {http.MethodGet, "/api/orders/'%20or%20''='", "", 404},
		"number too large a limit": {http.MethodGet, "/api/orders?limit=" + strconv.Itoa(1<<62), "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			text := body("", "")
			if c.method == http.MethodGet {
				text = ""
			}
			a := call(t, c.method, orders, c.path, text, "Content-Type", c.contentType)
			problemOf(t, a)
			if a.Status != c.status {
				t.Errorf("%d %s, want %d", a.Status, a.Body, c.status)
			}
			if c.status == http.StatusMethodNotAllowed && !strings.Contains(a.Header.Get("Allow"), http.MethodGet) {
				t.Errorf("Allow = %q", a.Header.Get("Allow"))
			}
		})
	}
}

func TestBadStockIsRefused(t *testing.T) {
	t.Parallel()
	p := newProduct(t, 3)
	for name, c := range map[string]struct {
		id, body string
		status   int
		field    string
	}{
		"no body":           {p, "", 400, ""},
		"not JSON":          {p, "7", 422, "body"},
		"nothing":           {p, "{}", 422, "available"},
		"text":              {p, `{"available":"7"}`, 422, "available"},
		"half a piece":      {p, `{"available":0.5}`, 422, "available"},
		"negative":          {p, `{"available":-1}`, 422, "available"},
		"huge":              {p, `{"available":99999999999999999999}`, 422, "available"},
		"too long a name":   {strings.Repeat("x", 129), `{"available":7}`, 422, "product_id"},
		"control character": {"a%07b", `{"available":7}`, 422, "product_id"},
	} {
		t.Run(name, func(t *testing.T) {
			a := call(t, http.MethodPut, inventory, "/api/products/"+c.id, c.body, "Content-Type", "application/json")
			p := problemOf(t, a)
			if a.Status != c.status || (len(p.Errors) == 1) != (c.field != "") || c.field != "" && p.Errors[0].Field != c.field {
				t.Errorf("%d %s, want %d and the field %q", a.Status, a.Body, c.status, c.field)
			}
		})
	}
	expectStock(t, p, stock{Available: 3})
}
