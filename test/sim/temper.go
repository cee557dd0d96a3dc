package sim

import "math/rand/v2"

// temper says how a seed draws its choices. Seeds differ in it, because a fault
// that is drowned by others in one mixture stands out in another (swarm
// testing, https://users.cs.utah.edu/~regehr/papers/swarm12.pdf). Playing
// choices back needs none.
type temper struct {
	disturb float64               // chance of a disturbance in each turn
	weights [disturbances]float64 // of each kind
	wander  float64               // chance that a turn doesn't go on with what comes first
	outage  float64               // chance that a call can't be made, and that its answer is lost
	detour  float64               // chance that the gateway or a worker goes another way than the good one
}

func newTemper(random *rand.Rand) temper {
	t := temper{
		disturb: oneOf(random, 0.01, 0.03, 0.1),
		wander:  oneOf(random, 0.05, 0.2, 0.6, 1),
		outage:  oneOf(random, 0, 0.01, 0.05),
		detour:  oneOf(random, 0, 0.2, 0.5),
	}
	for kind := range t.weights {
		t.weights[kind] = oneOf(random, 0, 1, 1, 4)
	}
	return t
}

func oneOf(random *rand.Rand, values ...float64) float64 { return values[random.IntN(len(values))] }
