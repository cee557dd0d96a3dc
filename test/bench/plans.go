package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// plan is a node of what auto_explain writes.
// https://www.postgresql.org/docs/current/auto-explain.html
type plan struct {
	NodeType  string  `json:"Node Type"`
	Operation string  `json:"Operation"` // of ModifyTable
	Relation  string  `json:"Relation Name"`
	Index     string  `json:"Index Name"`
	Function  string  `json:"Function Name"`
	CTE       string  `json:"CTE Name"`
	Loops     float64 `json:"Actual Loops"`
	Rows      float64 `json:"Actual Rows"` // of each loop
	Removed   float64 `json:"Rows Removed by Filter"`
	Rechecked float64 `json:"Rows Removed by Index Recheck"`
	Plans     []plan  `json:"Plans"`
}

// explained is one execution of a statement.
type explained struct {
	Query string `json:"Query Text"`
	Plan  plan   `json:"Plan"`
}

// String is the plan in one line: an operation and what it takes its rows from.
func (p plan) String() string {
	var from []string
	for _, child := range p.Plans {
		if text := child.String(); text != "" {
			from = append(from, text)
		}
	}
	sources := strings.Join(from, ", ")
	switch {
	case p.silent():
		return sources
	case sources == "":
		return p.name()
	}
	return p.name() + " (" + sources + ")"
}

func (p plan) name() string {
	operation := strings.ToLower(p.NodeType)
	switch {
	case p.NodeType == "ModifyTable":
		return strings.ToLower(p.Operation) + " " + p.Relation
	case p.Index != "" && p.Relation != "":
		return operation + " on " + p.Relation + " by " + p.Index
	case p.Index != "":
		return operation + " by " + p.Index
	case p.Relation != "":
		return operation + " on " + p.Relation
	case p.Function != "":
		return p.Function
	case p.CTE != "":
		return p.CTE
	}
	return operation
}

// silent nodes only pass on what they are given.
func (p plan) silent() bool {
	switch p.NodeType {
	case "Subquery Scan", "LockRows", "Result", "ProjectSet", "Materialize":
		return true
	}
	return false
}

// read is how many rows of tables the plan has looked at.
func (p plan) read() float64 {
	sum := 0.0
	if p.Relation != "" && p.NodeType != "ModifyTable" {
		sum = (p.Rows + p.Removed + p.Rechecked) * p.Loops
	}
	for _, child := range p.Plans {
		sum += child.read()
	}
	return sum
}

// logged is the beginning of what auto_explain writes of one execution: the prefix
// with the database, and how long it took. What follows is indented.
var logged = regexp.MustCompile(`\[\d+\] (\S+) LOG:  duration: (\S+) ms  plan:`)

// readPlans reads a log to its end.
func readPlans(log io.Reader) (executed []execution, err error) {
	lines := bufio.NewReader(log)
	var current *execution
	var text strings.Builder
	finish := func() error {
		if current == nil {
			return nil
		}
		err := json.Unmarshal([]byte(text.String()), &current.explained)
		if err != nil {
			return fmt.Errorf("read a plan: %w in %.300s", err, text.String())
		}
		executed = append(executed, *current)
		current = nil
		text.Reset()
		return nil
	}
	for {
		line, readErr := lines.ReadString('\n')
		switch head := logged.FindStringSubmatch(line); {
		case head != nil:
			if err := finish(); err != nil {
				return nil, err
			}
			current = &execution{database: head[1]}
			if current.took, err = strconv.ParseFloat(head[2], 64); err != nil {
				return nil, fmt.Errorf("read a plan: %w", err)
			}
		case current != nil && strings.HasPrefix(line, "\t"):
			text.WriteString(line)
		default:
			if err := finish(); err != nil {
				return nil, err
			}
		}
		if readErr == io.EOF {
			return executed, finish()
		}
		if readErr != nil {
			return nil, readErr
		}
	}
}

// execution is one execution of a statement, with the database it was for.
type execution struct {
	explained
	database string
	took     float64 // ms, without planning
}
