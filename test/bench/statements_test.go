package bench

import (
	"strings"
	"testing"
)

const explainLog = "2026-01-02 03:04:05.678 UTC [1] order_db LOG:  duration: 1.500 ms  plan:\n" + `	{
	  "Query Text": "\nUPDATE orders\nSET status = new.status FROM unnest($1::uuid[]) AS new (id) WHERE orders.id = new.id",
	  "Plan": {
	    "Node Type": "ModifyTable", "Operation": "Update", "Relation Name": "orders", "Actual Rows": 0, "Actual Loops": 1,
	    "Plans": [{"Node Type": "Nested Loop", "Plans": [
	      {"Node Type": "Function Scan", "Function Name": "unnest", "Actual Rows": 3, "Actual Loops": 1},
	      {"Node Type": "Index Scan", "Relation Name": "orders", "Index Name": "orders_pkey", "Actual Rows": 1, "Actual Loops": 3}
	    ]}]
	  }
	}
` + "2026-01-02 03:04:05.679 UTC [1] order_db LOG:  duration: 0.500 ms  plan:\n" + `	{
	  "Query Text": "UPDATE orders SET status = new.status FROM unnest($1::uuid[]) AS new (id) WHERE orders.id = new.id",
	  "Plan": {"Node Type": "ModifyTable", "Operation": "Update", "Relation Name": "orders", "Plans": [
	    {"Node Type": "Seq Scan", "Relation Name": "orders", "Rows Removed by Filter": 40, "Actual Rows": 2, "Actual Loops": 1}]}
	}
` + `2026-01-02 03:04:05.680 UTC [7]  LOG:  checkpoint starting: time
` + "2026-01-02 03:04:05.681 UTC [1] postgres LOG:  duration: 0.010 ms  plan:\n" + `	{"Query Text": "SELECT pg_reload_conf()", "Plan": {"Node Type": "Result"}}
`

func TestPlansAreReadFromTheLog(t *testing.T) {
	executed, err := readPlans(strings.NewReader(explainLog))
	if err != nil || len(executed) != 3 {
		t.Fatalf("%+v, %v", executed, err)
	}
	all := summarise(executed)
	if len(all) != 1 || all[0].Database != "order" || all[0].Calls != 2 || len(all[0].Plans) != 2 {
		t.Fatalf("%+v", all)
	}
	for i, want := range []Executed{
		{"update orders (nested loop (unnest, index scan on orders by orders_pkey))", 1, 1.5, 3},
		{"update orders (seq scan on orders)", 1, 0.5, 42},
	} {
		if got := all[0].Plans[i]; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestBrokenPlanIsAnError(t *testing.T) {
	if _, err := readPlans(strings.NewReader("t [1] order_db LOG:  duration: 1.5 ms  plan:\n\t{\n")); err == nil {
		t.Error("no error")
	}
}

func TestUseIsCountedFromTheEarlierReading(t *testing.T) {
	before := tableUses{{Database: "order", Table: "orders", Inserted: 5, Updated: 5, Dead: 9, Indexes: map[string]int64{"a": 7}}}
	after := tableUses{{Database: "order", Table: "orders", Inserted: 8, Updated: 9, HOT: 3, Dead: 4, Indexes: map[string]int64{"a": 8, "b": 2}}}
	s := StatementReport{Orders: 1, Tables: after.since(before)}
	var out strings.Builder
	s.Print(&out)
	if want := "order: orders: 3, 4 (75.0%), 0; 4, 0; b 2, a 1"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in:\n%s", want, &out)
	}
}
