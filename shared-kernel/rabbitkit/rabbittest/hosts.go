package rabbittest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// atATime is how many virtual hosts are made and deleted by one start of
// rabbitmqctl in a package that uses Run.
const atATime = 8

// hosts are the virtual hosts of this process.
var hosts = pool{atATime: 1}

// Run is m.Run for a package with many tests that need a virtual host. They are
// made and deleted several at a time: each start of rabbitmqctl takes most of a
// second of a processor.
func Run(m *testing.M) int {
	hosts.atATime = atATime
	code := m.Run()
	if err := hosts.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

type pool struct {
	atATime int

	mu   sync.Mutex
	free []string
	used []string // and to be deleted
}

// take returns a virtual host that nobody has used, for the user.
func (p *pool) take(user string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		made := make([]string, p.atATime)
		for i := range made {
			made[i] = "test-" + strings.ToLower(rand.Text())
		}
		if _, err := ctl(definitions(made, user), "import_definitions"); err != nil {
			return "", err
		}
		p.free = made
	}
	vhost := p.free[0]
	p.free = p.free[1:]
	return vhost, nil
}

// giveBack has a virtual host deleted, soon.
func (p *pool) giveBack(vhost string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used = append(p.used, vhost); len(p.used) < p.atATime {
		return nil
	}
	all := p.used
	p.used = nil
	return remove(all)
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return remove(append(p.used, p.free...))
}

func remove(vhosts []string) error {
	if len(vhosts) == 0 {
		return nil
	}
	names := make([]string, len(vhosts))
	for i, vhost := range vhosts {
		names[i] = fmt.Sprintf("<<%q>>", vhost)
	}
	_, err := ctl(nil, "eval", fmt.Sprintf("[ok = rabbit_vhost:delete(V, <<\"tests\">>) || V <- [%s]].", strings.Join(names, ", ")))
	return err
}

func definitions(vhosts []string, user string) []byte {
	type object = map[string]string
	all := map[string][]object{}
	for _, vhost := range vhosts {
		all["vhosts"] = append(all["vhosts"], object{"name": vhost})
		all["permissions"] = append(all["permissions"],
			object{"vhost": vhost, "user": user, "configure": ".*", "write": ".*", "read": ".*"})
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // maps of strings
	}
	return text
}
