package bench

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"orders.internal/test/stack"
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
		if !slices.Contains(stack.Services, serviceOf(e.database)) {
			continue // it was the measurement's own
		}
		k := key{serviceOf(e.database), strings.Join(strings.Fields(e.Query), " ")}
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

func serviceOf(database string) string { return strings.TrimSuffix(database, "_db") }

// mostOfStatement is how much of a statement is shown: its columns are of no
// interest, and there are many.
const mostOfStatement = 72

// Print lists the statements with their plans, and how tables and indexes were
// used.
func (s *StatementReport) Print(out io.Writer) {
	if s == nil {
		return
	}
	fmt.Fprintf(out, "\nSTATEMENTS of %d orders: calls by 1,000 orders, milliseconds and rows of tables that were read by call\n", s.Orders)
	for _, statement := range s.Statements {
		fmt.Fprintf(out, "  %s: %s\n", statement.Database, shortened(statement.SQL))
		for _, x := range statement.Plans {
			fmt.Fprintf(out, "    %6s %8s ms %8s rows  %s\n",
				decimals(1000*float64(x.Calls)/float64(max(s.Orders, 1))), hundredths(x.Took), decimals(x.Read), x.Plan)
		}
	}
	fmt.Fprintln(out, "\nTABLES: rows inserted, updated (of these HOT) and deleted; dead rows and MiB in the end; scans of each index")
	for _, u := range s.Tables {
		fmt.Fprintf(out, "  %s: %s: %d, %d (%s), %d; %d, %d; %s\n", u.Database, u.Table, u.Inserted, u.Updated,
			percent(int(u.HOT), int(u.Updated)), u.Deleted, u.Dead, u.Bytes>>20, u.indexes())
	}
}

// indexes are those of the table, the busiest first.
func (u TableUse) indexes() string {
	names := slices.SortedFunc(maps.Keys(u.Indexes), func(a, b string) int {
		return cmp.Or(cmp.Compare(u.Indexes[b], u.Indexes[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, u.Indexes[name])
	}
	return strings.Join(names, ", ")
}

func shortened(sql string) string {
	if len(sql) > mostOfStatement {
		return sql[:mostOfStatement] + "..."
	}
	return sql
}
