package stack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Services of the system, in the order of the saga.
var Services = []string{"order", "inventory", "payment", "notification"}

// defaultPorts of the services' HTTP.
var defaultPorts = map[string]int{"order": 8000, "inventory": 8001, "payment": 8002, "notification": 8003}

// PortVariable names the environment variable with a service's port.
func PortVariable(service string) string { return strings.ToUpper(service) + "_PORT" }

// DatabaseVariable names the environment variable with the URL of a database
// of the user's own for a service.
func DatabaseVariable(service string) string { return "DATABASE_URL_" + strings.ToUpper(service) }

// Settings are what a user may say about a stack in the environment.
type Settings struct {
	Ports        map[string]int    // HTTP port by service
	DatabaseURLs map[string]string // by service; missing: the stack's own PostgreSQL
	AMQPURL      string            // empty: the stack's own RabbitMQ
}

// SettingsFrom reads the settings from an environment.
func SettingsFrom(getenv func(string) string) (Settings, error) {
	s := Settings{Ports: map[string]int{}, DatabaseURLs: map[string]string{}, AMQPURL: getenv("AMQP_URL")}
	owner := map[int]string{}
	for _, service := range Services {
		if url := getenv(DatabaseVariable(service)); url != "" {
			s.DatabaseURLs[service] = url
		}
		variable, port := PortVariable(service), defaultPorts[service]
		if text := getenv(variable); text != "" {
			var err error
			if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
				return Settings{}, fmt.Errorf("%s=%q: must be a port, 1 to 65535", variable, text)
			}
		}
		if other, taken := owner[port]; taken {
			return Settings{}, fmt.Errorf("port %d is used for both %s and %s: set %s to another one", port, other, service, variable)
		}
		owner[port] = service
		s.Ports[service] = port
	}
	return s, nil
}

// serviceEnvironment is the environment of one service: the base less what is
// meant for the whole stack, and its own variables.
func serviceEnvironment(base []string, databaseURL, amqpURL string, port int) []string {
	env := slices.DeleteFunc(slices.Clone(base), func(variable string) bool {
		key, _, _ := strings.Cut(variable, "=")
		return isStackVariable(key)
	})
	return append(env, "DATABASE_URL="+databaseURL, "AMQP_URL="+amqpURL, "PORT="+strconv.Itoa(port))
}

// oneProcessor has a service use one processor at a time, unless its environment says
// otherwise. The services share the machine with each other and their servers: one that
// has a single processor finds more calls for each of its transactions, and wakes no
// thread for every one of them.
//
// It is not for the race detector, which sees more where more happens at once.
func (s *Stack) oneProcessor(env []string) []string {
	const variable = "GOMAXPROCS="
	if s.options.Race || slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, variable) }) {
		return env
	}
	return append(env, variable+"1")
}

func isStackVariable(key string) bool {
	switch key {
	case "PORT", "PPROF_PORT", "DATABASE_URL", "DATABASE_URL_FILE", "AMQP_URL", "AMQP_URL_FILE":
		return true
	}
	return slices.ContainsFunc(Services, func(service string) bool {
		return key == PortVariable(service) || key == DatabaseVariable(service)
	})
}
