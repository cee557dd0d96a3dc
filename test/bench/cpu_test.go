package bench

import "testing"

func TestTreeCountsWhatEndedMeanwhile(t *testing.T) {
	before := processTimes{
		1:  {parent: 0, own: 100},
		10: {parent: 1, own: 2, reaped: 1},
		11: {parent: 10, own: 3},
		12: {parent: 10, own: 4, reaped: 0.5},
		13: {parent: 12, own: 5},
		20: {parent: 1, own: 50},
	}
	if got := before.tree(10); got != 15.5 {
		t.Errorf("the tree has used %v s, want 15.5", got)
	}
	after := processTimes{ // 11 ended after another second, 13 is as it was
		1:  {parent: 0, own: 100},
		10: {parent: 1, own: 2, reaped: 1 + 4},
		12: {parent: 10, own: 4, reaped: 0.5},
		13: {parent: 12, own: 5},
	}
	if got := after.tree(10) - before.tree(10); got != 1 {
		t.Errorf("it used %v s more, want 1", got)
	}
}

func TestCPUIsSharedAmongOrders(t *testing.T) {
	before := CPU{"order": 1, classDatabase: 2, classGenerator: 5}
	used := CPU{"order": 2, classDatabase: 5, classGenerator: 25}.minus(before)
	got := used.per1000(2000)
	if got["order"] != 0.5 || got[classDatabase] != 1.5 || got[classGenerator] != 10 {
		t.Errorf("got %v", got)
	}
	if got.System() != 2 {
		t.Errorf("the system uses %v, want 2: the load generator is not part of it", got.System())
	}
	if used["order"] != 1 {
		t.Error("the reading was changed")
	}
	if CPU(nil).per1000(10) != nil || used.per1000(0) != nil {
		t.Error("what was not measured has a value")
	}
}
