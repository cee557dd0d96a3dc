package sim

import (
	"math/rand/v2"
	"slices"
)

// Choices is everything in a run that could have gone in more than one way:
// small numbers, of which 0 always is the course without trouble, by the part of
// the run and the turn that they were made in. What stands in no list is 0. So a
// run gets simpler by numbers or whole turns that are left out, and the same
// choices make the same run.
type Choices [parts][]turn

// parts of a run: with what customers do, and days later.
const parts = 2

// turn is the choices of one step; the first of a part sets it up.
type turn []int

// size is how much of a run is out of the ordinary.
func (c Choices) size() (size int) {
	for _, part := range c {
		for _, t := range part {
			for _, choice := range t {
				if choice != 0 {
					size++
				}
			}
		}
	}
	return size
}

// chooser makes choices, or plays them back, and keeps what it has made.
type chooser struct {
	given  Choices    // played back
	random *rand.Rand // nil: what isn't given is 0
	calm   bool       // everything is 0 and not kept

	made Choices
	part int
}

// begin begins a part of the run.
func (c *chooser) begin(part int) {
	c.part = part
	c.step()
}

// step begins a turn.
func (c *chooser) step() {
	if !c.calm {
		c.made[c.part] = append(c.made[c.part], nil)
	}
}

// next returns a number from 0 to n-1; draw makes it where it isn't played back.
func (c *chooser) next(n int, draw func(*rand.Rand) int) int {
	if n < 2 || c.calm {
		return 0
	}
	part := c.made[c.part]
	at := len(part) - 1
	choice := 0
	if c.random != nil {
		choice = draw(c.random)
	} else if given := c.given[c.part]; at < len(given) && len(part[at]) < len(given[at]) {
		choice = min(given[at][len(part[at])], n-1)
	}
	part[at] = append(part[at], choice)
	return choice
}

// any draws each number with the same chance.
func (c *chooser) any(n int) int {
	return c.next(n, func(random *rand.Rand) int { return random.IntN(n) })
}

// seldom draws 0, but with the given chance any of the other numbers.
func (c *chooser) seldom(n int, chance float64) int {
	return c.next(n, func(random *rand.Rand) int {
		if random.Float64() >= chance {
			return 0
		}
		return 1 + random.IntN(n-1)
	})
}

// weighted draws 0, but with the given chance one of the others by its weight;
// that of 0 means nothing.
func (c *chooser) weighted(weights []float64, chance float64) int {
	return c.next(len(weights), func(random *rand.Rand) int {
		if random.Float64() >= chance {
			return 0
		}
		total := 0.0
		for _, w := range weights[1:] {
			total += w
		}
		mark := random.Float64() * total
		for i, w := range weights[1:] {
			if mark -= w; mark < 0 {
				return i + 1
			}
		}
		return 0
	})
}

// plain returns the choices without the zeros and turns that follow anyway.
func (c Choices) plain() Choices {
	for p, part := range c {
		part = slices.Clone(part)
		for i, t := range part {
			for len(t) > 0 && t[len(t)-1] == 0 {
				t = t[:len(t)-1]
			}
			part[i] = t
		}
		for len(part) > 0 && len(part[len(part)-1]) == 0 {
			part = part[:len(part)-1]
		}
		c[p] = part
	}
	return c
}
