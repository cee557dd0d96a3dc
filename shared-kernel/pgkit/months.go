package pgkit

import "fmt"

// month is how long a month is here, and each begins at the same instant everywhere.
// Indexes have it in front of what would be anywhere in them (a customer's name), so that
// what is written now is in one part of them, however long they are. An index on it has
// this length in it: another one takes new indexes.
const month = "720 hours"

// Month returns the SQL for the beginning of the month that the column's time is in. An
// index on it has exactly this expression.
func Month(column string) string { return fmt.Sprintf("date_bin('%s', %s, 'epoch')", month, column) }

// Months returns the SQL for a table with the column month: all from that of the newest row
// to that of the oldest, in this order.
func Months(table, timeColumn string) string {
	return months(table, fmt.Sprintf("max(%s)", timeColumn), fmt.Sprintf("min(%s)", timeColumn))
}

func months(table, newest, oldest string) string {
	return fmt.Sprintf("(SELECT generate_series(%s, %s, '-%s') AS month FROM %s ORDER BY month DESC) AS months",
		Month(newest), Month(oldest), month, table)
}
