package faults

import (
	"math/rand/v2"
	"slices"
	"time"

	"orders.internal/test/stack"
)

// frozenFor is longer than every timeout of the system but the saga's: the
// longest is a consumer's, 30 s for one try of a message.
const frozenFor = 35 * time.Second

// The order service's SAGA_TIMEOUT.
const (
	noTimeout    = 24 * time.Hour // longer than any run
	shortTimeout = 20 * time.Second
)

// Plan is a schedule of faults. A seed always gives the same one.
type Plan struct {
	Seed   uint64
	Rounds []Round
}

// Long returns a plan of about five minutes. It has every kind of fault, kills
// every service, both of its processes included, and does everything that can
// be done to a link to those between each service and each server.
func Long(seed uint64) Plan {
	d := newDice(seed)
	p := Plan{Seed: seed}
	p.Rounds = slices.Concat(
		d.kills(),
		d.servers(),
		d.links(),
		[]Round{
			d.freeze(),
			d.starve(),
			stall(),
			only(Fault{Kind: Roll, On: d.shuffled(everyReplica())}),
		},
	)
	d.Shuffle(len(p.Rounds), func(i, j int) { p.Rounds[i], p.Rounds[j] = p.Rounds[j], p.Rounds[i] })
	return p
}

// Short returns a plan of about 25 seconds, with a bit of everything.
func Short(seed uint64) Plan {
	d := newDice(seed)
	services := d.shuffled(stack.Services)
	servers := d.shuffled([]string{database, broker})
	return Plan{Seed: seed, Rounds: []Round{
		only(
			Fault{Kind: Kill, On: []string{d.replica(services[0])}, For: d.seconds(1, 2)},
			Fault{Kind: Kill, On: replicasOf(services[1]), At: time.Second, For: d.seconds(1, 2)},
		),
		only(
			Fault{Kind: Cut, On: []string{linkOf(d.replica(services[0]), servers[0])}, For: d.seconds(1, 2)},
			Fault{Kind: Delay, On: []string{linkOf(d.replica(services[1]), servers[0])}, For: d.seconds(2, 3)},
			Fault{Kind: BlackHole, On: []string{linkOf(d.replica(services[2]), servers[1])}, For: d.seconds(4, 5)},
			Fault{Kind: Freeze, On: []string{d.replica(services[3])}, For: d.seconds(3, 4)},
		),
		only(Fault{Kind: Kill, On: servers[:1], For: time.Second}),
		only(Fault{Kind: Roll, On: replicasOf(services[2])}),
	}}
}

// only is a round of the faults and nothing else.
func only(faults ...Fault) Round { return Round{Faults: faults} }

// dice makes the choices of a plan.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 1))} }

// kills ends one replica of each service, and meanwhile all of another one.
func (d dice) kills() []Round {
	services := d.shuffled(stack.Services)
	rounds := make([]Round, len(services))
	for i, service := range services {
		other := services[(i+1)%len(services)]
		rounds[i] = only(
			Fault{Kind: Kill, On: []string{d.replica(service)}, For: d.seconds(1, 4)},
			Fault{Kind: Kill, On: replicasOf(other), At: d.seconds(0, 2), For: d.seconds(1, 4)},
		)
	}
	return rounds
}

// servers restarts and kills each server, and then kills both and a service.
func (d dice) servers() []Round {
	return []Round{
		only(Fault{Kind: Stop, On: []string{database}, For: d.seconds(1, 4)}),
		only(Fault{Kind: Stop, On: []string{broker}, For: d.seconds(1, 4)}),
		only(Fault{Kind: Kill, On: []string{database}, For: d.seconds(0, 3)}),
		only(Fault{Kind: Kill, On: []string{broker}, For: d.seconds(0, 3)}),
		only(
			Fault{Kind: Kill, On: []string{database}, For: d.seconds(0, 3)},
			Fault{Kind: Kill, On: []string{broker}, At: d.seconds(0, 2), For: d.seconds(0, 3)},
			Fault{Kind: Kill, On: []string{d.replica(d.shuffled(stack.Services)[0])}, At: d.seconds(0, 3), For: d.seconds(1, 3)},
		),
	}
}

// links does each harm to the links between each service and each server, of
// one replica or of all: four at a time, of one kind, so that it can be told what
// the system needs to recover from it.
func (d dice) links() []Round {
	var rounds []Round
	for _, kind := range []Kind{Cut, Delay, BlackHole} {
		var all []Fault
		for _, service := range stack.Services {
			for _, server := range []string{database, broker} {
				all = append(all, d.link(kind, service, server))
			}
		}
		d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		rounds = append(rounds, only(all[:4]...), only(all[4:]...))
	}
	return rounds
}

func (d dice) link(kind Kind, service, server string) Fault {
	f := Fault{Kind: kind, At: d.seconds(0, 2)}
	affected := []string{d.replica(service)}
	if d.IntN(2) == 0 {
		affected = replicasOf(service)
	}
	for _, replica := range affected {
		f.On = append(f.On, linkOf(replica, server))
	}
	switch kind {
	case Cut:
		f.For = d.seconds(1, 4)
	case Delay:
		f.For = d.seconds(4, 8)
	default:
		f.For = d.seconds(11, 13) // longer than a transaction or a publish waits
	}
	return f
}

// freeze stops a replica of every service for longer than any timeout.
func (d dice) freeze() Round {
	f := Fault{Kind: Freeze, For: frozenFor}
	for _, service := range stack.Services {
		f.On = append(f.On, d.replica(service))
	}
	return only(f)
}

// starve has no inventory for so long that orders time out, and harms the
// others meanwhile: with a black hole that lasts longer than the broker's
// heartbeats, among other things.
func (d dice) starve() Round {
	return Round{SagaTimeout: shortTimeout, TimesOut: true, Faults: []Fault{
		{Kind: Freeze, On: replicasOf("inventory"), For: 45 * time.Second},
		{Kind: BlackHole, On: []string{linkOf(d.replica("notification"), broker)}, At: d.seconds(1, 5), For: 40 * time.Second},
		{Kind: Kill, On: []string{d.replica("payment")}, At: d.seconds(5, 20), For: d.seconds(1, 4)},
		{Kind: Cut, On: []string{linkOf(d.replica("order"), d.server())}, At: d.seconds(20, 35), For: d.seconds(1, 3)},
		d.link(Delay, "payment", d.server()),
	}}
}

// stall freezes the whole order service for longer than an order may take, but
// not so long that it loses its broker. Orders that waited for their payment
// when it began are paid for when it ends: none of them is late.
func stall() Round {
	const timeout = 15 * time.Second
	return Round{SagaTimeout: timeout, Faults: []Fault{
		{Kind: Freeze, On: replicasOf("payment"), For: 3 * time.Second},
		{Kind: Freeze, On: replicasOf("order"), At: 2 * time.Second, For: timeout + 3*time.Second},
	}}
}

func (d dice) replica(service string) string { return replica(service, 1+d.IntN(replicas)) }

func (d dice) server() string { return []string{database, broker}[d.IntN(2)] }

func (d dice) shuffled(names []string) []string {
	names = slices.Clone(names)
	d.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

// seconds is a duration between the two, in tenths of a second.
func (d dice) seconds(least, most int) time.Duration {
	return time.Duration(least*10+d.IntN((most-least)*10+1)) * 100 * time.Millisecond
}
