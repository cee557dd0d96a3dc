// Package architecture holds the direction of dependencies between the
// project's packages: what each may reach, however many packages lie between.
package architecture

import (
	"slices"
	"strings"
)

const (
	project = "orders.internal/"
	kernel  = project + "shared-kernel/"
)

var services = []string{"order", "inventory", "payment", "notification"}

// Technologies, by the prefix of their packages.
var (
	fx       = []string{"go.uber.org/fx", "go.uber.org/dig"}
	fiber    = []string{"github.com/gofiber/", "github.com/valyala/fasthttp"}
	postgres = []string{"github.com/jackc/pgx", "github.com/pressly/goose"}
	rabbitmq = []string{"github.com/wagslane/go-rabbitmq", "github.com/rabbitmq/"}
)

// foreign technologies of an adapter: those of its neighbours. The postgres
// adapter reaches RabbitMQ's, because the outbox ends there.
var foreign = map[string][]string{
	"http":     slices.Concat(fx, postgres, rabbitmq),
	"console":  slices.Concat(fx, postgres, rabbitmq),
	"postgres": slices.Concat(fx, fiber),
	"rabbitmq": slices.Concat(fx, fiber, postgres),
}

// rule tells whether a package may reach another one, which is not of the
// standard library.
type rule func(dependency string) bool

// ruleFor returns the rule for a package of the project, nil for one that has
// no place in the layout.
func ruleFor(pkg string) rule {
	module, rest, _ := strings.Cut(strings.TrimPrefix(pkg, project), "/")
	switch {
	case module == "shared-kernel":
		return kernelRule(rest)
	case module == "migrations":
		return func(dependency string) bool { return !strings.HasPrefix(dependency, project) }
	case module == "test":
		return testRule(rest)
	case slices.Contains(services, module):
		return serviceRule(project+module, rest)
	}
	return nil
}

// kernelRule: it knows no service, fx is for fxkit alone, and what is for tests
// is for tests.
func kernelRule(pkg string) rule {
	return func(dependency string) bool {
		if strings.HasPrefix(dependency, project) {
			return strings.HasPrefix(dependency, kernel) && (isForTests(pkg) || !isForTests(dependency))
		}
		return under(pkg, "fxkit") || !startsWithAny(dependency, fx)
	}
}

// testRule: tests see the wire and nothing of the inside, but for the
// simulation, which runs the services' harnesses.
func testRule(pkg string) rule {
	return func(dependency string) bool {
		if underAny(pkg, "sim", "cmd/sim") && (isSimulated(dependency) || isKit(dependency)) {
			return true
		}
		return !strings.HasPrefix(dependency, project) ||
			strings.HasPrefix(dependency, project+"test/") ||
			underAny(dependency, kernel+"contracts", kernel+"event", kernel+"money", kernel+"errs")
	}
}

// isSimulated: a harness, or what a harness may reach of its service.
func isSimulated(dependency string) bool {
	return slices.ContainsFunc(services, func(service string) bool {
		return under(dependency, project+service+"/harness") || insideHarness(project+service, dependency)
	})
}

// insideHarness: all of the service but what makes a process of it.
func insideHarness(service, dependency string) bool {
	return strings.HasPrefix(dependency, service+"/internal/") && !under(dependency, service+"/internal/wiring")
}

// isForTests: simulated parts, test suites and helpers never ship.
func isForTests(pkg string) bool {
	return slices.ContainsFunc([]string{"simkit", "porttest", "pgtest", "outboxtest", "rabbittest", "authtest", "docstest"}, func(name string) bool {
		return strings.HasSuffix(pkg, "/"+name) || pkg == name
	})
}

// isKit: kits know nothing of fx, but for fxkit.
func isKit(dependency string) bool {
	return strings.HasPrefix(dependency, kernel) && !under(dependency, kernel+"fxkit")
}

func serviceRule(service, pkg string) rule {
	domain, application := service+"/internal/domain", service+"/internal/application"
	vocabulary := []string{kernel + "event", kernel + "money", kernel + "errs"}
	switch {
	case under(pkg, "internal/domain"):
		return only(append(vocabulary, domain))
	case under(pkg, "internal/application"):
		return only(append(vocabulary, domain, application))
	case strings.HasPrefix(pkg, "internal/adapters/"):
		name, _, _ := strings.Cut(strings.TrimPrefix(pkg, "internal/adapters/"), "/")
		return adapterRule(name, domain, application, service+"/internal/adapters/"+name)
	case under(pkg, "harness"):
		return func(dependency string) bool {
			if strings.HasPrefix(dependency, project) {
				return under(dependency, service+"/harness") || insideHarness(service, dependency) || isKit(dependency)
			}
			return !startsWithAny(dependency, slices.Concat(fx, fiber))
		}
	case pkg == "" || under(pkg, "internal/wiring"):
		return func(dependency string) bool {
			return !strings.HasPrefix(dependency, project) ||
				!isForTests(dependency) && (strings.HasPrefix(dependency, kernel) ||
					under(dependency, project+"migrations") ||
					under(dependency, service) && !under(dependency, service+"/harness"))
		}
	}
	return nil
}

// adapterRule: an adapter knows the use cases, the kits and its own
// technology, and no other adapter.
func adapterRule(name string, own ...string) rule {
	excluded := foreign[name]
	if excluded == nil {
		excluded = fx
	}
	return func(dependency string) bool {
		if strings.HasPrefix(dependency, project) {
			return underAny(dependency, own...) || isKit(dependency) && (isForTests(name) || !isForTests(dependency))
		}
		return !startsWithAny(dependency, excluded)
	}
}

func only(packages []string) rule {
	return func(dependency string) bool { return underAny(dependency, packages...) }
}

func underAny(pkg string, parents ...string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool { return under(pkg, parent) })
}

// under tells whether pkg is the parent package or below it.
func under(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}

func startsWithAny(pkg string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(pkg, prefix) })
}
