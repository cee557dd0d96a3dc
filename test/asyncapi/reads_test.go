package asyncapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"orders.internal/shared-kernel/contracts"
)

// x-reads is true: it lists the fields that the receiving service's code reads.
// Of what is in arrays, the lines of an order and the shortages, it is believed.
func TestReceiversReadWhatTheDocumentSays(t *testing.T) {
	d := read(t)
	for _, service := range contracts.Services {
		code := fieldsReadBy(t, service)
		for name, o := range d.Operations {
			if o.Action != "receive" || o.Service != service {
				continue
			}
			documented := map[string]bool{}
			for _, field := range o.Reads {
				if !strings.Contains(field, ".") {
					documented[field] = true
				}
			}
			read := code[o.Messages[0].name()]
			if read == nil {
				read = map[string]bool{}
			}
			read["order_id"] = true // Subject
			if !maps.Equal(read, documented) {
				t.Errorf("%s: the code reads %v, the document says %v", name,
					slices.Sorted(maps.Keys(read)), slices.Sorted(maps.Keys(documented)))
			}
		}
	}
}

// fieldsReadBy looks through the adapter that receives a service's messages: for
// the fields of what is, by a type switch or as a parameter, of an event's type.
func fieldsReadBy(t *testing.T, service string) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../../" + service + "/internal/adapters/rabbitmq/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	read := reader{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, read.visit)
	}
	return read
}

// reader has the fields that are read, by event type.
type reader map[string]map[string]bool

func (r reader) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.TypeSwitchStmt:
		if assign, is := n.Assign.(*ast.AssignStmt); is {
			for _, clause := range n.Body.List {
				if c := clause.(*ast.CaseClause); len(c.List) == 1 {
					r.note(c.List[0], assign.Lhs[0].(*ast.Ident).Name, c)
				}
			}
		}
	case *ast.FuncDecl:
		for _, p := range n.Type.Params.List {
			for _, name := range p.Names {
				r.note(p.Type, name.Name, n.Body)
			}
		}
	}
	return true
}

// note adds the fields that the code selects from the variable, if it is an event.
func (r reader) note(of ast.Expr, variable string, code ast.Node) {
	selector, is := of.(*ast.SelectorExpr)
	if !is {
		return
	}
	event := dataOf(selector.Sel.Name)
	if event == nil {
		return
	}
	if r[selector.Sel.Name] == nil {
		r[selector.Sel.Name] = map[string]bool{}
	}
	ast.Inspect(code, func(n ast.Node) bool {
		s, is := n.(*ast.SelectorExpr)
		if !is {
			return true
		}
		if from, is := s.X.(*ast.Ident); is && from.Name == variable {
			if field, there := event.FieldByName(s.Sel.Name); there {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				r[selector.Sel.Name][name] = true
			}
		}
		return true
	})
}

// dataOf returns the type of an event's data, nil when no event has this name.
func dataOf(name string) reflect.Type {
	for _, data := range []contracts.Data{
		contracts.OrderCreated{}, contracts.OrderConfirmed{}, contracts.OrderCancelled{},
		contracts.InventoryReserved{}, contracts.InventoryUnavailable{}, contracts.InventoryReleased{},
		contracts.PaymentProcessed{}, contracts.PaymentFailed{}, contracts.PaymentRefunded{},
	} {
		if data.EventType() == name {
			return reflect.TypeOf(data)
		}
	}
	return nil
}
