package faults

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"orders.internal/test/stack"
)

func TestSeedAlwaysGivesTheSamePlan(t *testing.T) {
	for name, plan := range map[string]func(uint64) Plan{"long": Long, "short": Short} {
		if !reflect.DeepEqual(plan(7), plan(7)) {
			t.Errorf("two %s plans of one seed differ", name)
		}
		if reflect.DeepEqual(plan(7).Rounds, plan(8).Rounds) {
			t.Errorf("%s plans of two seeds are the same", name)
		}
	}
}

func TestLongPlanHarmsEverything(t *testing.T) {
	for seed := range uint64(50) {
		p := Long(seed)
		for _, service := range stack.Services {
			names := replicasOf(service)
			expectFault(t, p, "kills one replica", func(f Fault) bool {
				return f.Kind == Kill && len(f.On) == 1 && slices.Contains(names, f.On[0])
			})
			expectFault(t, p, "kills all replicas of "+service, func(f Fault) bool {
				return f.Kind == Kill && slices.Equal(f.On, names)
			})
			expectFault(t, p, "freezes "+service, func(f Fault) bool {
				return f.Kind == Freeze && f.For >= frozenFor && slices.ContainsFunc(names, func(n string) bool { return slices.Contains(f.On, n) })
			})
			for _, server := range []string{database, broker} {
				for _, kind := range []Kind{Cut, Delay, BlackHole} {
					expectFault(t, p, string(kind)+" "+service+"/"+server, func(f Fault) bool {
						return f.Kind == kind && (f.On[0] == linkOf(names[0], server) || f.On[0] == linkOf(names[1], server))
					})
				}
			}
		}
		for _, server := range []string{database, broker} {
			for _, kind := range []Kind{Kill, Stop} {
				expectFault(t, p, string(kind)+" "+server, func(f Fault) bool { return f.Kind == kind && f.On[0] == server })
			}
		}
		expectFault(t, p, "restarts everything", func(f Fault) bool { return f.Kind == Roll && len(f.On) == 4*replicas })
		if !slices.ContainsFunc(p.Rounds, func(r Round) bool { return r.TimesOut && r.Faults[0].For > r.SagaTimeout+10*time.Second }) {
			t.Errorf("nothing in the plan of seed %d has orders time out", p.Seed)
		}
		if !slices.ContainsFunc(p.Rounds, func(r Round) bool {
			f := r.Faults[len(r.Faults)-1]
			return !r.TimesOut && f.Kind == Freeze && slices.Equal(f.On, replicasOf("order")) && f.For > r.SagaTimeout && r.SagaTimeout > 0
		}) {
			t.Errorf("nothing in the plan of seed %d has the order service stand still for longer than an order may take", p.Seed)
		}
	}
}

// Recovery from a class of faults is measured where nothing else is harmed.
func TestLongPlanHasRoundsOfEachClassAlone(t *testing.T) {
	for seed := range uint64(50) {
		alone := map[class]bool{}
		for _, round := range Long(seed).Rounds {
			if of, uniform := round.class(); uniform {
				alone[of] = true
			}
		}
		for _, round := range Long(seed).Rounds {
			for _, f := range round.Faults {
				if !alone[f.class()] {
					t.Errorf("seed %d has no round of %s alone", seed, f.class())
				}
			}
		}
	}
}

func expectFault(t *testing.T, p Plan, what string, is func(Fault) bool) {
	t.Helper()
	if !slices.ContainsFunc(p.Rounds, func(r Round) bool { return slices.ContainsFunc(r.Faults, is) }) {
		t.Errorf("nothing in the plan of seed %d %s", p.Seed, what)
	}
}

func TestNothingIsHarmedTwiceAtOnce(t *testing.T) {
	for seed := range uint64(50) {
		for _, p := range []Plan{Long(seed), Short(seed)} {
			for _, round := range p.Rounds {
				for i, f := range round.Faults {
					if touches(round.Faults[:i], f) {
						t.Errorf("seed %d: %s", seed, round)
					}
				}
			}
		}
	}
}

func touches(others []Fault, f Fault) bool {
	return slices.ContainsFunc(others, func(other Fault) bool {
		return slices.ContainsFunc(other.On, func(name string) bool { return slices.Contains(f.On, name) })
	})
}
