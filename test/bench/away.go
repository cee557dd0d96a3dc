package bench

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"orders.internal/test/stack"
)

// takeAway takes a server away for as long as meanwhile takes, and measures.
func (b *bench) takeAway(ctx context.Context, o outage, g *Gone, s *shop, w *watch, meanwhile func(context.Context) error) (err error) {
	if o.server == classDatabase {
		w.looking.Lock() // there is nothing to look at
		defer w.looking.Unlock()
	}
	if err := b.system.resetPeaks(); err != nil {
		return err
	}
	away := true
	defer func() {
		if away { // what has begun fails
			err = errors.Join(err, b.system.restore(context.WithoutCancel(ctx), o))
		}
	}()
	if err := b.system.remove(ctx, o); err != nil {
		return err
	}
	usage, err := b.system.readUsage()
	if err != nil {
		return err
	}
	g.during, g.since = newTally(), newTally()
	began := time.Now()
	s.tally.Store(g.during)
	stop := b.tell(ctx, o, g.during)
	err = meanwhile(ctx)
	stop()
	if err != nil {
		return err
	}
	if err := b.system.usedSince(usage, g); err != nil {
		return err
	}
	if o.server == classBroker {
		g.Held, err = b.system.held(ctx)
	}
	away = false
	if err = errors.Join(err, b.system.restore(ctx, o)); err != nil {
		return err
	}
	g.back, g.For = time.Now(), time.Since(began).Seconds()
	s.tally.Store(g.since)
	if g.used, err = b.system.readCPU(); err != nil {
		return err
	}
	if o.server == classDatabase {
		if g.Held, err = b.system.held(ctx); err != nil {
			return err
		}
	}
	return b.system.publish(ctx, g)
}

// remove takes the server away, and restore brings it back.
func (s *system) remove(ctx context.Context, o outage) error {
	if o.silent {
		return s.suspend(s.server(o))
	}
	return s.server(o).Stop(ctx)
}

func (s *system) restore(ctx context.Context, o outage) (err error) {
	if o.silent {
		err = s.resume(s.server(o))
	} else {
		err = s.server(o).Start(ctx)
	}
	if err != nil || o.server != classDatabase {
		return err
	}
	s.reconnect()
	return nil
}

func (s *system) server(o outage) *stack.Program {
	if o.server == classBroker {
		return s.stack.Broker
	}
	return s.stack.Database
}

// suspend has a program and all that it has started stand still, as if its machine
// were gone: what is sent to it is never answered.
func (s *system) suspend(p *stack.Program) error { return signalTree(p.PID(), syscall.SIGSTOP) }

func (s *system) resume(p *stack.Program) error { return signalTree(p.PID(), syscall.SIGCONT) }

func signalTree(root int, signal syscall.Signal) error {
	table, err := processTable()
	switch {
	case err != nil:
		return err
	case table == nil:
		return errors.New("what a server has started can't be found on this system, so it can't be suspended")
	}
	for _, pid := range table.descendants(root) {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) { // it has ended
			return fmt.Errorf("send %v to process %d: %w", signal, pid, err)
		}
	}
	return nil
}
