package httpkit

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/errs"
)

// read serves POST / with a reader and returns the answer to body.
func read(t *testing.T, reader func(Object) error, body, contentType string) answer {
	t.Helper()
	app := setup(t)
	app.Post("/", func(c *fiber.Ctx) error {
		o, err := ReadObject(c)
		if err != nil {
			return err
		}
		return reader(o)
	})
	return ask(t, app, "POST", "/", body, "Content-Type", contentType)
}

func TestBodiesThatAreNotWellFormed(t *testing.T) {
	for name, body := range map[string]string{
		"empty":            "",
		"blank":            " \n",
		"no JSON":          "customer_id=1",
		"cut off":          `{"a":1`,
		"trailing data":    `{"a":1} {"a":2}`,
		"trailing garbage": `{"a":1}xyz`,
		"trailing comma":   `{"a":1,}`,
		"single quotes":    `{'a':1}`,
		"NaN":              `{"a":NaN}`,
		"duplicate key":    `{"a":1,"b":2,"a":3}`,
		"escaped twin key": `{"a":1,"\u0061":3}`,
		"nested twin key":  `{"a":[{"b":1,"b":2}]}`,
		"invalid UTF-8":    "{\"a\":\"\xff\"}",
		"lone surrogate":   `{"a":"\ud800"}`,
		"reversed pair":    `{"a":"\udc00\ud800"}`,
		"33 levels":        strings.Repeat("[", 33) + strings.Repeat("]", 33),
		"100,000 levels":   strings.Repeat("[", 100_000),
		"byte order mark":  "\ufeff{}",
	} {
		t.Run(name, func(t *testing.T) {
			a := read(t, func(Object) error { return nil }, body, "application/json")
			if a.problem(t); a.status != 400 {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
}

// A mebibyte of gzip can hold a gibibyte.
func TestCompressedBodiesAreRefusedUnread(t *testing.T) {
	app := setup(t)
	app.Post("/", func(c *fiber.Ctx) error {
		_, err := ReadObject(c)
		return err
	})
	var bomb bytes.Buffer
	gz := gzip.NewWriter(&bomb)
	if _, err := gz.Write([]byte(`{"a":"` + strings.Repeat("x", 2*maxBody) + `"}`)); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		body, coding string
		status       int
	}{
		"gzip bomb":           {bomb.String(), "gzip", 415},
		"broken gzip":         {`{"a":1}`, "gzip", 415},
		"two codings":         {`{"a":1}`, "deflate, br", 415},
		"unknown coding":      {`{"a":1}`, "rot13", 415},
		"identity":            {`{"a":1}`, "Identity", 200},
		"none":                {`{"a":1}`, "", 200},
		"gzip without a name": {bomb.String(), "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, app, "POST", "/", c.body, "Content-Type", "application/json", "Content-Encoding", c.coding)
			if a.status != c.status {
				t.Errorf("status %d, want %d: %s", a.status, c.status, a.body)
			}
			if accepted := a.header("Accept-Encoding"); (accepted == "identity") != (c.status == 415) {
				t.Errorf("Accept-Encoding = %q", accepted)
			}
		})
	}
}

func TestWellFormedBodiesAreRead(t *testing.T) {
	for name, body := range map[string]string{
		"pair of surrogates": `{"a":"\ud83d\ude00 \\ud800"}`,
		"32 levels":          `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
		"same key elsewhere": `{"a":{"a":1},"b":{"a":1}}`,
	} {
		if a := read(t, func(o Object) error { return o.Err() }, body, "application/json; charset=UTF-8"); a.status != 200 {
			t.Errorf("%s: status %d: %s", name, a.status, a.body)
		}
	}
}

func TestOtherMediaTypesAreRefused(t *testing.T) {
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/json; charset=latin1", ";"} {
		if a := read(t, func(Object) error { return nil }, "{}", contentType); a.status != 415 {
			t.Errorf("%q: status %d", contentType, a.status)
		}
	}
}

func TestEveryFaultIsNamedInOneAnswer(t *testing.T) {
	reader := func(o Object) error {
		o.Text("name")
		o.OptionalText("method")
		o.Amount("total")
		for _, line := range o.Objects("lines", 3) {
			line.Text("id")
			line.Int("count")
		}
		return o.Err(errs.Field{Name: "name", Detail: "must not be empty"}, errs.Field{Name: "lines[2].id", Detail: "must not be empty"},
			errs.Field{Name: "other", Detail: "is odd"})
	}
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"all missing":     {`{}`, []string{"name", "total", "lines", "lines[2].id", "other"}},
		"all null":        {`{"name":null,"method":null,"total":null,"lines":null}`, []string{"name", "total", "lines", "lines[2].id", "other"}},
		"all wrong":       {`{"name":1,"method":[],"total":"1","lines":{}}`, []string{"name", "method", "total", "lines", "lines[2].id", "other"}},
		"an element":      {`{"name":"n","total":1,"lines":[{"id":1,"count":"2"},{"id":"x","count":1},7]}`, []string{"lines[2]", "lines[0].id", "lines[0].count", "name", "other"}},
		"many elements":   {`{"name":"n","total":1,"lines":[1,2,3,4]}`, []string{"lines", "name", "lines[2].id", "other"}},
		"other case":      {`{"NAME":"n","Name":"m","total":1,"lines":[]}`, []string{"name", "lines[2].id", "other"}},
		"no object":       {`[]`, []string{"body"}},
		"null":            {`null`, []string{"body"}},
		"a string":        {`"x"`, []string{"body"}},
		"fraction":        {`{"name":"n","total":1,"lines":[{"id":"x","count":1.5},{"id":"x","count":1e2}]}`, []string{"lines[0].count", "lines[1].count", "name", "lines[2].id", "other"}},
		"inexact amount":  {`{"name":"n","total":1.005,"lines":[]}`, []string{"total", "name", "lines[2].id", "other"}},
		"negative amount": {`{"name":"n","total":-1,"lines":[]}`, []string{"total", "name", "lines[2].id", "other"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := read(t, reader, c.body, "application/json")
			if a.status != 422 {
				t.Errorf("status %d", a.status)
			}
			var got []string
			for _, e := range a.problem(t).Errors {
				got = append(got, e.Field)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("fields = %v, want %v", got, c.want)
			}
		})
	}
}

func TestValuesAreRead(t *testing.T) {
	a := read(t, func(o Object) error {
		if got := o.Text("name"); got != "é" {
			t.Errorf("Text = %q", got)
		}
		if got := o.OptionalText("absent"); got != nil {
			t.Errorf("OptionalText = %v", *got)
		}
		if got := o.OptionalText("method"); got == nil || *got != "" {
			t.Errorf("OptionalText = %v", got)
		}
		if got := o.Amount("total"); got != 15050 {
			t.Errorf("Amount = %d", got)
		}
		if got := o.Int("huge"); got < 1<<62 {
			t.Errorf("Int = %d", got)
		}
		if got := o.Int("low"); got > -1<<62 {
			t.Errorf("Int = %d", got)
		}
		if got := o.Objects("lines", 2); len(got) != 2 || got[1].Int("n") != 2 {
			t.Errorf("Objects = %v", got)
		}
		return o.Err()
	}, `{"name":"\u00e9","method":"","total":1.505e2,"huge":99999999999999999999,"low":-99999999999999999999,"lines":[{"n":1},{"n":2}]}`, "application/json")
	if a.status != 200 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}
