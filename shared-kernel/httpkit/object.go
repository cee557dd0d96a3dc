package httpkit

import (
	"fmt"
	"math"
	"mime"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"orders.internal/shared-kernel/errs"
	"orders.internal/shared-kernel/money"
)

// Object is a JSON object of a request, read member by member. What is missing
// or has the wrong type reads as the zero value and is noted, so that one answer
// can name every fault; Err returns them. Members nobody asks for are ignored,
// and names match to the letter.
type Object struct {
	path    string // "" or, say, "items[0]."
	members map[string]jsontext.Value
	faults  *[]errs.Field
}

// ReadObject reads the request's body. Its error is a 415 for another media
// type than JSON, and a 400 for a body that is not well-formed.
func ReadObject(c *fiber.Ctx) (Object, error) {
	o := Object{faults: new([]errs.Field)}
	body := c.Request().Body()
	if len(body) > 0 && !isJSON(c.Get(fiber.HeaderContentType)) {
		return o, fiber.NewError(fiber.StatusUnsupportedMediaType, "the Content-Type must be application/json")
	}
	if err := checkJSON(body); err != nil {
		return o, fiber.NewError(fiber.StatusBadRequest, err.Error())
	}
	if err := json.Unmarshal(body, &o.members); err != nil || o.members == nil {
		o.note("body", "must be a JSON object")
	}
	return o, nil
}

func isJSON(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != fiber.MIMEApplicationJSON {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// Text reads a string.
func (o Object) Text(name string) string {
	var s string
	if raw, ok := o.required(name); ok && json.Unmarshal(raw, &s) != nil {
		o.note(name, "must be a string")
	}
	return s
}

// OptionalText reads a string that may be absent or null; nil then.
func (o Object) OptionalText(name string) *string {
	raw, ok := o.members[name]
	if !ok || isNull(raw) {
		return nil
	}
	s := o.Text(name)
	return &s
}

// Int reads a whole number. One that no int holds reads as the nearest int, so
// that the caller's own range check refuses it.
func (o Object) Int(name string) int {
	raw, ok := o.required(name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, strconv.IntSize)
	if err == nil {
		return int(n)
	}
	if outOfRange := err.(*strconv.NumError).Err == strconv.ErrRange; outOfRange { //nolint:errorlint // ParseInt documents the type
		if n < 0 {
			return math.MinInt
		}
		return math.MaxInt
	}
	o.note(name, "must be a whole number")
	return 0
}

// Amount reads a sum of money: a JSON number with at most two decimals.
func (o Object) Amount(name string) money.Amount {
	raw, ok := o.required(name)
	if !ok {
		return 0
	}
	amount, err := money.Parse(string(raw))
	if err != nil {
		o.note(name, err.Error())
	}
	return amount
}

// Objects reads an array of objects. It holds the array to at most this many,
// so that a large body costs no more than it has to.
func (o Object) Objects(name string, most int) []Object {
	raw, ok := o.required(name)
	if !ok {
		return nil
	}
	var elements []jsontext.Value
	if json.Unmarshal(raw, &elements) != nil {
		o.note(name, "must be an array")
		return nil
	}
	if len(elements) > most {
		o.note(name, fmt.Sprintf("must have at most %d elements", most))
		return nil
	}
	objects := make([]Object, 0, len(elements))
	for i, element := range elements {
		at := fmt.Sprintf("%s[%d]", name, i)
		child := Object{path: o.path + at + ".", faults: o.faults}
		if json.Unmarshal(element, &child.members) != nil || child.members == nil {
			o.note(at, "must be an object")
		}
		objects = append(objects, child)
	}
	return objects
}

// Err returns every fault that was noted, and those of the values that the
// caller has found since, as one errs.Invalid error; nil when there is none. A
// value's fault is left out where the reading of that member had one already.
func (o Object) Err(values ...errs.Field) error {
	all := *o.faults
	for _, v := range values {
		if !o.noted(v.Name) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return errs.InvalidFields(all...)
}

func (o Object) noted(name string) bool {
	for _, f := range *o.faults {
		if f.Name == "body" || f.Name == name || strings.HasPrefix(name, f.Name+".") {
			return true
		}
	}
	return false
}

// required returns the raw member, and notes it when it is missing. Below an
// object that isn't one, it stays silent.
func (o Object) required(name string) (jsontext.Value, bool) {
	raw, ok := o.members[name]
	if !ok || isNull(raw) {
		if o.members != nil {
			o.note(name, "is required")
		}
		return nil, false
	}
	return raw, true
}

func (o Object) note(name, detail string) {
	*o.faults = append(*o.faults, errs.Field{Name: o.path + name, Detail: detail})
}

func isNull(raw jsontext.Value) bool { return string(raw) == "null" }
