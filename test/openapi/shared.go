package openapi

import (
	"slices"
	"strings"
)

// Shared is an example of an answer that several calls have in common.
type Shared struct {
	Status     string
	Answer     any         // the body
	Operations []Operation // which promise the answer
	Sent       bool        // a request among the examples leads to it
}

// Provoked are the names of those, the answer's and its own, that no request among the examples leads to,
// because it takes more than a request: a token, a limit, an outage. The end-to-end
// tests provoke each of them, at every service that has it.
var Provoked = []string{
	"BadBody emptyBody",
	"BadPosition badPosition",
	"BadQuery emptyParameter",
	"BadQuery repeatedParameter",
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

// SharedExamples returns all of the document, by name.
func (d *Document) SharedExamples() (map[string]Shared, error) {
	all := map[string]Shared{}
	for _, response := range d.below("/components/responses") {
		for name, answer := range d.examples(response.pointer) {
			all[response.name+" "+name] = Shared{Answer: answer}
		}
	}
	for _, o := range d.Operations() {
		exchanges, err := d.Exchanges(o)
		if err != nil {
			return nil, err
		}
		for _, status := range d.below(o.pointer + "/responses") {
			_, response := d.object(status.pointer)
			component, shared := strings.CutPrefix(response, "/components/responses/")
			if !shared {
				continue
			}
			for name := range d.examples(response) {
				s := all[component+" "+name]
				s.Status, s.Operations = status.name, append(s.Operations, o)
				s.Sent = s.Sent || slices.ContainsFunc(exchanges, func(e Exchange) bool { return e.Name == name && e.Status == status.name })
				all[component+" "+name] = s
			}
		}
	}
	return all, nil
}

// examples returns the bodies of an answer's examples, by name.
func (d *Document) examples(response string) map[string]any {
	all := map[string]any{}
	for _, content := range d.below(response + "/content") {
		for _, example := range d.below(content.pointer + "/examples") {
			all[example.name] = d.value(example.pointer + "/value")
		}
	}
	return all
}
