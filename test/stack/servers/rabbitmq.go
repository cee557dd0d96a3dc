package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"orders.internal/test/stack/process"
)

const brokerUser = "orders"

// loopback keeps Erlang's distribution off the network.
const loopback = "-kernel inet_dist_use_interface {127,0,0,1}"

// sharing has Erlang share the processors with the services and the databases: it
// starts schedulers for half of them, since each hands over to the other what one
// could do by itself, and they don't spin while they have nothing to do
// (https://www.rabbitmq.com/docs/runtime#scheduling and #busy-waiting).
const sharing = "+SP 50:50 +sbwt none +sbwtdcpu none +sbwtdio none"

// largeBlocks says from which size (in KiB) a heap or a binary has a piece of memory to
// itself. By Erlang's default that is half a MiB, and the heap of a busy queue is larger: such
// pieces come and go with its garbage collections, and the kernel has to clear their pages
// (https://www.erlang.org/doc/apps/erts/erts_alloc.html#M_sbct).
const largeBlocks = "+MHsbct 8192 +MBsbct 8192"

// RabbitMQ is a broker with a node name, cookie, home and ports of its own,
// so that it never meets another one on the machine.
type RabbitMQ struct {
	Bin      string // folder of rabbitmq-server and rabbitmqctl
	Erlang   string // folder of epmd and erl
	Dir      string // configuration, home and data
	Port     int    // AMQP
	DistPort int    // Erlang distribution, for rabbitmqctl
	EpmdPort int    // Erlang's port mapper
	Password string
}

// Prepare writes the configuration, the cookie and the rabbitmqctl script.
func (r RabbitMQ) Prepare() error {
	if err := os.MkdirAll(r.path("home"), 0o755); err != nil {
		return err
	}
	cookie := r.path("home", ".erlang.cookie")
	if err := os.Remove(cookie); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // it is read-only, as Erlang demands, so it can't be written over
	}
	return errors.Join(
		os.WriteFile(cookie, []byte(r.Password), 0o400),
		os.WriteFile(r.path("rabbitmq.conf"), []byte(r.config()), 0o600),
		os.WriteFile(r.path("enabled_plugins"), []byte("[].\n"), 0o644),
		os.WriteFile(r.Ctl(), []byte(r.ctlScript()), 0o700),
	)
}

// config: consumer_timeout (milliseconds) is a day, because messages are held
// through a long outage.
func (r RabbitMQ) config() string {
	return fmt.Sprintf(`listeners.tcp.1 = 127.0.0.1:%d
default_user = %s
default_pass = %s
consumer_timeout = 86400000
log.console = true
log.console.level = info
log.file = false
`, r.Port, brokerUser, r.Password)
}

// EpmdSpec starts Erlang's port mapper. Left to itself the broker would start
// one that belongs to nobody and stays behind.
func (r RabbitMQ) EpmdSpec() process.Spec {
	return process.Spec{
		Path: filepath.Join(r.Erlang, "epmd"),
		Args: []string{"-address", "127.0.0.1", "-port", strconv.Itoa(r.EpmdPort)},
		Env:  r.environment(),
		Dir:  r.Dir,
	}
}

// EpmdReady returns nil when the port mapper accepts connections.
func (r RabbitMQ) EpmdReady(ctx context.Context) error { return dial(ctx, r.EpmdPort) }

// Spec starts the broker.
func (r RabbitMQ) Spec() process.Spec {
	return process.Spec{Path: filepath.Join(r.Bin, "rabbitmq-server"), Env: r.environment(), Dir: r.Dir}
}

// Ready returns nil when the broker accepts an AMQP connection.
func (r RabbitMQ) Ready(ctx context.Context) error {
	if err := dial(ctx, r.Port); err != nil {
		return err // cheaper than an AMQP handshake while it boots
	}
	conn, err := amqp.DialConfig(r.URL(), amqp.Config{Dial: amqp.DefaultDial(2 * time.Second)})
	if err != nil {
		return err
	}
	return conn.Close()
}

// URL is the connection URL of the services.
func (r RabbitMQ) URL() string {
	u := url.URL{Scheme: "amqp", User: url.UserPassword(brokerUser, r.Password), Host: "127.0.0.1:" + strconv.Itoa(r.Port), Path: "/"}
	return u.String()
}

// Ctl is the path of a rabbitmqctl for this broker.
func (r RabbitMQ) Ctl() string { return r.path("rabbitmqctl") }

// CtlCommand is Ctl as a word for a shell, whatever the folder is called.
func (r RabbitMQ) CtlCommand() string { return shellQuoted(r.Ctl()) }

func (r RabbitMQ) ctlScript() string {
	var script strings.Builder
	script.WriteString("#!/bin/sh\n")
	for _, variable := range r.environment() {
		key, value, _ := strings.Cut(variable, "=")
		fmt.Fprintf(&script, "export %s=%s\n", key, shellQuoted(value))
	}
	fmt.Fprintf(&script, "exec %s \"$@\"\n", shellQuoted(filepath.Join(r.Bin, "rabbitmqctl")))
	return script.String()
}

func (r RabbitMQ) environment() []string {
	return environment(
		"PATH="+r.Erlang+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HOME="+r.path("home"),
		"ERL_EPMD_PORT="+strconv.Itoa(r.EpmdPort),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_NODENAME=orders@localhost",
		"RABBITMQ_DIST_PORT="+strconv.Itoa(r.DistPort),
		"RABBITMQ_CONFIG_FILE="+r.path("rabbitmq.conf"),
		"RABBITMQ_ADVANCED_CONFIG_FILE="+r.path("advanced.config"),
		"RABBITMQ_CONF_ENV_FILE="+r.path("rabbitmq-env.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+r.path("enabled_plugins"),
		"RABBITMQ_GENERATED_CONFIG_DIR="+r.path("config"),
		"RABBITMQ_MNESIA_BASE="+r.path("data"),
		"RABBITMQ_LOG_BASE="+r.path("log"),
		"RABBITMQ_PID_FILE="+r.path("pid"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+loopback+" "+sharing+" "+largeBlocks,
		"RABBITMQ_CTL_ERL_ARGS="+loopback,
		// The Erlang VM takes the place of the start script, which would stay
		// as its parent otherwise: signals and the pid are the broker's own.
		"RABBITMQ_ALLOW_INPUT=1",
		"RABBITMQ_SERVER_START_ARGS=-noinput",
	)
}

func (r RabbitMQ) path(elements ...string) string {
	return filepath.Join(append([]string{r.Dir}, elements...)...)
}

// shellQuoted makes one word of any text in POSIX sh.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
