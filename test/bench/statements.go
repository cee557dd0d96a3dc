package bench

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// StatementReport says how PostgreSQL executed the statements of so many orders.
type StatementReport struct {
	Orders     int         `json:"orders"`
	Statements []Statement `json:"statements"` // by database, the most frequent first
	Tables     []TableUse  `json:"tables"`
}

// Statement is one that a service sends, with the plans that it had.
type Statement struct {
	Database string     `json:"database"`
	SQL      string     `json:"sql"`
	Calls    int        `json:"calls"`
	Plans    []Executed `json:"plans"` // the most frequent first
}

// Executed is a plan and what its executions did, on average.
type Executed struct {
	Plan  string  `json:"plan"`
	Calls int     `json:"calls"`
	Took  float64 `json:"ms"`        // without planning
	Read  float64 `json:"rows_read"` // of tables
}

// summarise puts executions of the same statement together.
func summarise(executed []execution) []Statement {
	type key struct{ database, sql string }
	found := map[key]map[string]*Executed{}
	for _, e := range executed {
		k := key{strings.TrimSuffix(e.database, "_db"), strings.Join(strings.Fields(e.Query), " ")}
		if found[k] == nil {
			found[k] = map[string]*Executed{}
		}
		shape := e.Plan.String()
		if found[k][shape] == nil {
			found[k][shape] = &Executed{Plan: shape}
		}
		x := found[k][shape]
		x.Calls++
		x.Took += e.took
		x.Read += e.Plan.read()
	}
	var all []Statement
	for k, plans := range found {
		s := Statement{Database: k.database, SQL: k.sql}
		for _, x := range plans {
			s.Calls += x.Calls
			x.Took /= float64(x.Calls)
			x.Read /= float64(x.Calls)
			s.Plans = append(s.Plans, *x)
		}
		slices.SortFunc(s.Plans, func(a, b Executed) int { return cmp.Or(b.Calls-a.Calls, cmp.Compare(a.Plan, b.Plan)) })
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(a.Database, b.Database), b.Calls-a.Calls, cmp.Compare(a.SQL, b.SQL))
	})
	return all
}

// mostOfStatement is how much of a statement is shown: its columns are of no
// interest, and there are many.
const mostOfStatement = 48

func (r Report) printStatements(t table) {
	s := r.Statements
	if s == nil {
		return
	}
	t.row("STATEMENTS", "calls by 1,000 orders", "ms", "rows read", "plan")
	for _, statement := range s.Statements {
		label := statement.Database + ": " + shortened(statement.SQL)
		for _, x := range statement.Plans {
			t.row(label, decimals(1000*float64(x.Calls)/float64(max(s.Orders, 1))), hundredths(x.Took), decimals(x.Read), x.Plan)
			label = "  or"
		}
	}
	fmt.Fprintln(t) // ends the columns
	t.row("TABLES", "inserted", "updated", "of these HOT", "deleted", "dead", "MiB", "indexes by use")
	for _, u := range s.Tables {
		var indexes []string
		for _, name := range slices.SortedFunc(maps.Keys(u.Indexes), func(a, b string) int {
			return cmp.Or(cmp.Compare(u.Indexes[b], u.Indexes[a]), cmp.Compare(a, b))
		}) {
			indexes = append(indexes, fmt.Sprintf("%s %d", name, u.Indexes[name]))
		}
		t.row(u.Database+": "+u.Table, u.Inserted, u.Updated, percent(int(u.HOT), int(u.Updated)), u.Deleted, u.Dead, u.Bytes>>20,
			strings.Join(indexes, ", "))
	}
	fmt.Fprintln(t) // ends the columns
}

func shortened(sql string) string {
	if len(sql) > mostOfStatement {
		return sql[:mostOfStatement] + "..."
	}
	return sql
}
