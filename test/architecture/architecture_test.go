package architecture

import (
	"slices"
	"strings"
	"testing"

	"orders.internal/test/stack"
)

func TestDependenciesPointInwards(t *testing.T) {
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	packages, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range services {
		for _, room := range []string{
			"internal/domain", "internal/application", "internal/adapters/http", "internal/adapters/postgres",
			"internal/adapters/rabbitmq", "internal/wiring", "harness",
		} {
			if path := project + service + "/" + room; packages[path].ImportPath == "" {
				t.Errorf("%s is not there: the check would miss it", path)
			}
		}
	}
	for _, violation := range packages.violations() {
		t.Error(violation)
	}
}

func TestViolations(t *testing.T) {
	const (
		order = "orders.internal/order"
		pgx   = "github.com/jackc/pgx/v5"
		amqp  = "github.com/rabbitmq/amqp091-go"
	)
	tests := map[string]struct {
		imports   map[string][]string
		forbidden []string // "importer dependency", without the project's prefix
	}{
		"the allowed directions": {imports: map[string][]string{
			order:                                  {order + "/internal/wiring", "go.uber.org/fx"},
			order + "/internal/wiring":             {order + "/internal/adapters/postgres", kernel + "fxkit", project + "migrations", pgx},
			order + "/internal/adapters/postgres":  {order + "/internal/application", kernel + "pgkit", pgx},
			order + "/internal/adapters/http":      {order + "/internal/application", "github.com/gofiber/fiber/v2"},
			order + "/internal/application":        {order + "/internal/domain", kernel + "errs", "context"},
			order + "/internal/domain":             {kernel + "event", kernel + "money", "time"},
			kernel + "pgkit":                       {kernel + "errs", pgx},
			kernel + "fxkit":                       {kernel + "pgkit", "go.uber.org/fx"},
			project + "test/e2e [e2e.test]":        {kernel + "contracts", project + "test/stack", amqp},
			project + "test/sim [sim.test]":        {order + "/harness", kernel + "simkit"},
			project + "test/cmd/sim":               {project + "test/sim"},
			order + "/harness":                     {order + "/internal/adapters/rabbitmq", kernel + "outbox"},
			order + "/internal/adapters/rabbitmq":  {order + "/internal/application", kernel + "rabbitkit", amqp},
			order + "/internal/application.test":   {pgx},
			order + "/internal/application [test]": {pgx},
		}},
		"domain reaches a driver through the kernel": {
			imports: map[string][]string{
				order + "/internal/domain": {kernel + "event"},
				kernel + "event":           {kernel + "pgkit"},
				kernel + "pgkit":           {pgx},
			},
			forbidden: []string{"order/internal/domain shared-kernel/pgkit"},
		},
		"application imports a contract": {
			imports:   map[string][]string{order + "/internal/application": {kernel + "contracts"}},
			forbidden: []string{"order/internal/application shared-kernel/contracts"},
		},
		"application imports fx and Fiber": {
			imports:   map[string][]string{order + "/internal/application": {"go.uber.org/fx", "github.com/gofiber/fiber/v2"}},
			forbidden: []string{"order/internal/application github.com/gofiber/fiber/v2", "order/internal/application go.uber.org/fx"},
		},
		"a service imports another": {
			imports:   map[string][]string{order + "/internal/wiring": {project + "payment/internal/domain"}},
			forbidden: []string{"order/internal/wiring payment/internal/domain"},
		},
		"an adapter imports another": {
			imports:   map[string][]string{order + "/internal/adapters/http": {order + "/internal/adapters/postgres"}},
			forbidden: []string{"order/internal/adapters/http order/internal/adapters/postgres"},
		},
		"an adapter uses a neighbour's technology": {
			imports:   map[string][]string{order + "/internal/adapters/http": {pgx}, order + "/internal/adapters/rabbitmq": {pgx}},
			forbidden: []string{"order/internal/adapters/http " + pgx, "order/internal/adapters/rabbitmq " + pgx},
		},
		"an adapter imports fx": {
			imports:   map[string][]string{order + "/internal/adapters/log": {"go.uber.org/fx"}, order + "/internal/adapters/postgres": {kernel + "fxkit"}},
			forbidden: []string{"order/internal/adapters/log go.uber.org/fx", "order/internal/adapters/postgres shared-kernel/fxkit"},
		},
		"the kernel knows a service": {
			imports:   map[string][]string{kernel + "obs": {order + "/internal/domain"}},
			forbidden: []string{"shared-kernel/obs order/internal/domain"},
		},
		"a kit imports fx": {
			imports:   map[string][]string{kernel + "pgkit": {"go.uber.org/fx"}},
			forbidden: []string{"shared-kernel/pgkit go.uber.org/fx"},
		},
		"an end-to-end test looks inside": {
			imports: map[string][]string{
				project + "test/e2e [e2e.test]":      {kernel + "pgkit"},
				project + "test/e2e_test [e2e.test]": {order + "/harness"},
			},
			forbidden: []string{"test/e2e shared-kernel/pgkit", "test/e2e order/harness"},
		},
		"the service ships its harness": {
			imports:   map[string][]string{order: {order + "/harness"}},
			forbidden: []string{"order order/harness"},
		},
		"a harness runs a process": {
			imports:   map[string][]string{order + "/harness": {order + "/internal/wiring", "go.uber.org/fx"}},
			forbidden: []string{"order/harness go.uber.org/fx", "order/harness order/internal/wiring"},
		},
		"an adapter and a kit ship what is for tests": {
			imports: map[string][]string{
				order + "/internal/adapters/postgres": {kernel + "outbox/outboxtest"},
				kernel + "outbox":                     {kernel + "simkit"},
				order + "/internal/wiring":            {order + "/internal/adapters/porttest"},
			},
			forbidden: []string{
				"order/internal/adapters/postgres shared-kernel/outbox/outboxtest",
				"order/internal/wiring order/internal/adapters/porttest",
				"shared-kernel/outbox shared-kernel/simkit",
			},
		},
		"migrations import a service": {
			imports:   map[string][]string{project + "migrations": {order + "/internal/domain"}},
			forbidden: []string{"migrations order/internal/domain"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, violation := range graphOf(test.imports).violations() {
				importer, rest, _ := strings.Cut(violation, " must not reach ")
				dependency, _, _ := strings.Cut(rest, ": ")
				got = append(got, strings.TrimPrefix(importer, project)+" "+strings.TrimPrefix(dependency, project))
			}
			slices.Sort(got)
			slices.Sort(test.forbidden)
			if !slices.Equal(got, test.forbidden) {
				t.Errorf("got  %q\nwant %q", got, test.forbidden)
			}
		})
	}
}

func TestViolationsShowTheWay(t *testing.T) {
	g := graphOf(map[string][]string{
		project + "order/internal/domain": {kernel + "money"},
		kernel + "money":                  {"github.com/shopspring/decimal"},
	})
	want := []string{"orders.internal/order/internal/domain must not reach github.com/shopspring/decimal: order/internal/domain -> shared-kernel/money -> github.com/shopspring/decimal"}
	if got := g.violations(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryPackageHasAPlace(t *testing.T) {
	g := graphOf(map[string][]string{project + "order/internal/helpers": nil, project + "billing": nil})
	want := []string{"orders.internal/billing has no place in the layout", "orders.internal/order/internal/helpers has no place in the layout"}
	if got := g.violations(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// graphOf makes a graph of what each package imports. Paths without a dot in
// their first element are the standard library's.
func graphOf(imports map[string][]string) graph {
	g := graph{}
	add := func(path string) {
		first, _, _ := strings.Cut(path, "/")
		p := listed{ImportPath: path, Standard: !strings.Contains(first, "."), Imports: imports[path]}
		if strings.Contains(path, " [") {
			p.ForTest = "test"
		}
		g[path] = p
	}
	for path, dependencies := range imports {
		add(path)
		for _, dependency := range dependencies {
			if _, listed := imports[dependency]; !listed {
				add(dependency)
			}
		}
	}
	return g
}
