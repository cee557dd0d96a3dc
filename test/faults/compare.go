package faults

import "fmt"

// Orders counts the orders of a run.
type Orders struct {
	Accepted     int            // 201
	Refused      int            // 503
	Unsent       int            // no replica could be reached
	Unanswered   int            // nobody can say
	Stray        int            // unanswered or refused, but there all the same
	StrayRefused int            // those of them that were refused
	Ends         map[string]int // all that are there, by how they ended
}

// compare holds what the order service has against what the customers know.
func compare(orders []order, b *book, starved []starvation) (Orders, []string) {
	entries, problems := b.read()
	problems = append(problems, checkTimeouts(orders, starved)...)
	counts := Orders{Ends: map[string]int{}}
	there := map[string]order{}
	for _, o := range orders {
		counts.Ends[o.end()]++
		if _, twice := there[o.CustomerID]; twice {
			problems = append(problems, fmt.Sprintf("customer %s ordered once and has two orders, one is %s", o.CustomerID, o.ID))
		}
		there[o.CustomerID] = o
	}
	for customer, e := range entries {
		o, exists := there[customer]
		delete(there, customer)
		counts.add(e.outcome, exists)
		switch {
		case e.outcome == accepted && (!exists || o.ID != e.id):
			problems = append(problems, fmt.Sprintf("order %s was accepted and is gone", e.id))
			continue
		case e.outcome == unsent && exists:
			problems = append(problems, fmt.Sprintf("order %s was never sent", o.ID))
		case !exists:
			continue
		}
		if err := e.intent.check(e.placement, o); err != nil {
			problems = append(problems, err.Error())
		}
		if e.promised != "" && o.Status != e.promised {
			problems = append(problems, fmt.Sprintf("who cancelled order %s was told that it is %s, but it is %s", o.ID, e.promised, o.end()))
		}
	}
	for _, o := range there {
		problems = append(problems, fmt.Sprintf("nobody placed the order %s", o.ID))
	}
	return counts, problems
}

func (c *Orders) add(o outcome, exists bool) {
	switch o {
	case accepted:
		c.Accepted++
		return
	case refused:
		c.Refused++
		if exists {
			c.StrayRefused++
		}
	case unsent:
		c.Unsent++
	case unknown:
		c.Unanswered++
	}
	if exists {
		c.Stray++
	}
}
