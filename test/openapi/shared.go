package openapi

// Shared is an example of an answer that several calls have in common.
type Shared struct {
	Name       string // the answer's and its own: "Unauthorized expired"
	Status     string
	Answer     any         // the body
	Operations []Operation // which promise the answer
	Sent       bool        // a request among the examples leads to it
}

// Provoked are the names of those that no request among the examples leads to,
// because it takes more than a request: a token, a limit, an outage. The end-to-end
// tests provoke each of them, at every service that has it.
var Provoked = []string{
	"BadBody emptyBody",
	"BadPosition badPosition",
	"BadQuery unknownParameter",
	"Busy backlog",
	"Failure defect",
	"Forbidden noScope",
	"Forbidden otherSite",
	"NoPosition beyond",
	"TooLarge tooLarge",
	"TooManyRequests usedUp",
	"Unauthorized expired",
	"Unavailable noDatabase",
	"Unavailable noDeadQueue",
	"UnsupportedMediaType noJSON",
}

// SharedExamples returns all of the document.
func (d *Document) SharedExamples() (all []Shared, err error) {
	for _, response := range d.below("/components/responses") {
		for _, content := range d.below(response.pointer + "/content") {
			for _, example := range d.below(content.pointer + "/examples") {
				s := Shared{Name: response.name + " " + example.name, Answer: d.value(example.pointer + "/value")}
				if err := d.findUses(&s, response.pointer, example.name); err != nil {
					return nil, err
				}
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// findUses looks for the calls that have the answer at a pointer, and for a request
// that leads to its example.
func (d *Document) findUses(s *Shared, pointer, example string) error {
	for _, o := range d.Operations() {
		for _, status := range d.below(o.pointer + "/responses") {
			if _, at := d.object(status.pointer); at != pointer {
				continue
			}
			s.Status, s.Operations = status.name, append(s.Operations, o)
			exchanges, err := d.Exchanges(o)
			if err != nil {
				return err
			}
			for _, e := range exchanges {
				s.Sent = s.Sent || e.Name == example && e.Status == status.name
			}
		}
	}
	return nil
}
