package stack

import (
	"slices"
	"strings"
	"testing"
)

func getenv(vars map[string]string) func(string) string {
	return func(key string) string { return vars[key] }
}

func TestSettingsFrom(t *testing.T) {
	s, err := SettingsFrom(getenv(map[string]string{
		"PAYMENT_PORT":         "18002",
		"AMQP_URL":             "amqp://elsewhere/",
		"DATABASE_URL_PAYMENT": "postgres://elsewhere/p",
		"DATABASE_URL":         "not for the whole stack",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Ports["order"] != 8000 || s.Ports["payment"] != 18002 {
		t.Errorf("ports: %v", s.Ports)
	}
	if s.AMQPURL != "amqp://elsewhere/" || len(s.DatabaseURLs) != 1 || s.DatabaseURLs["payment"] != "postgres://elsewhere/p" {
		t.Errorf("servers: %q, %v", s.AMQPURL, s.DatabaseURLs)
	}
}

func TestSettingsFromNamesTheVariable(t *testing.T) {
	for name, test := range map[string]struct {
		vars map[string]string
		want string
	}{
		"no number":  {map[string]string{"ORDER_PORT": "abc"}, "ORDER_PORT"},
		"no port":    {map[string]string{"INVENTORY_PORT": "70000"}, "INVENTORY_PORT"},
		"used twice": {map[string]string{"PAYMENT_PORT": "8000"}, "PAYMENT_PORT"},
		"with blank": {map[string]string{"PAYMENT_PORT": " 8000"}, "PAYMENT_PORT"},
		"zero":       {map[string]string{"NOTIFICATION_PORT": "0"}, "NOTIFICATION_PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := SettingsFrom(getenv(test.vars)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error about %s", err, test.want)
			}
		})
	}
}

func TestServiceEnvironment(t *testing.T) {
	base := []string{
		"PATH=/bin", "SAGA_TIMEOUT=5s", "PAYMENT_SUCCESS_RATE=1", "DATABASE_URL_OTHER=stays",
		"PORT=1", "PPROF_PORT=3", "ORDER_PORT=2", "DATABASE_URL=wrong", "DATABASE_URL_ORDER=wrong", "DATABASE_URL_FILE=/wrong", "AMQP_URL=wrong", "AMQP_URL_FILE=/wrong",
	}
	got := serviceEnvironment(base, "postgres://db", "amqp://broker", 8000)
	want := []string{
		"PATH=/bin", "SAGA_TIMEOUT=5s", "PAYMENT_SUCCESS_RATE=1", "DATABASE_URL_OTHER=stays",
		"DATABASE_URL=postgres://db", "AMQP_URL=amqp://broker", "PORT=8000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if base[4] != "PORT=1" {
		t.Error("the base was changed")
	}
}

func TestServicesHaveOneProcessor(t *testing.T) {
	for name, test := range map[string]struct {
		race bool
		env  []string
		want string
	}{
		"by default":            {false, nil, "1"},
		"unless they have more": {false, []string{"GOMAXPROCS=4"}, "4"},
		"not to look for races": {true, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			state, err := loadState(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			s := &Stack{options: Options{Race: test.race, Env: test.env, Settings: Settings{Ports: map[string]int{}}}, state: state, services: map[string]*Program{}, bin: "bin"}
			replica, err := s.AddReplica(t.Context(), Replica{Name: "order-2", Service: "order", Env: test.env})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []*Program{s.service("order", "order"), replica} {
				var got string
				for _, variable := range p.spec.Env {
					if value, found := strings.CutPrefix(variable, "GOMAXPROCS="); found {
						got += value
					}
				}
				if got != test.want {
					t.Errorf("%s has %q processors, want %q", p.Name, got, test.want)
				}
			}
		})
	}
}
