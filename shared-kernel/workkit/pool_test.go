package workkit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const hands = 4

// desk is where work waits. Each piece is a number; what is claimed is gone.
type desk struct {
	mu     sync.Mutex
	due    []int
	done   []int
	down   bool
	dead   bool // takes a question and never answers
	signal *Signal
	pool   *Pool[int]
	stop   context.CancelFunc
	ended  chan struct{}
}

func (d *desk) put(pieces ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due = append(d.due, pieces...)
}

func (d *desk) setDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

func (d *desk) setDead(dead bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = dead
}

func (d *desk) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

func (d *desk) finished() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.done)
}

func (d *desk) claim(ctx context.Context, limit int) ([]int, error) {
	if d.isDead() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, errors.New("no database")
	}
	n := min(limit, len(d.due))
	claimed := d.due[:n]
	d.due = d.due[n:]
	return claimed, nil
}

// start runs a pool in the test's bubble, where time stands still while
// anything can go on. do returns whether the piece was finished.
func start(t *testing.T, do func(ctx context.Context, piece int) bool) *desk {
	d := &desk{signal: NewSignal(), ended: make(chan struct{})}
	d.pool = NewPool(hands, d.signal, d.claim, func(ctx context.Context, piece int) {
		if do(ctx, piece) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.done = append(d.done, piece)
		}
	}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	d.stop = cancel
	go func() {
		defer close(d.ended)
		d.pool.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-d.ended
	})
	synctest.Wait()
	return d
}

func (d *desk) hasEnded() bool {
	synctest.Wait()
	select {
	case <-d.ended:
		return true
	default:
		return false
	}
}

// pass lets time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func always(context.Context, int) bool { return true }

func TestSignalledWorkIsDoneAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		d := start(t, always)
		d.put(1)
		d.signal.Raise()
		d.signal.Raise() // never blocks
		synctest.Wait()
		if d.finished() != 1 || time.Since(begin) > 0 {
			t.Errorf("%d done after %v", d.finished(), time.Since(begin))
		}
	})
}

func TestUnsignalledWorkIsFoundByPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, always)
		d.put(1)
		pass(time.Second)
		if d.finished() != 1 {
			t.Error("nobody did the work of a process that died")
		}
	})
}

func TestOnlySoMuchIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		inHand, most := 0, 0
		count := func(change int) {
			mu.Lock()
			defer mu.Unlock()
			inHand += change
			most = max(most, inHand)
		}
		d := start(t, func(context.Context, int) bool {
			count(1)
			defer count(-1)
			<-time.After(50 * time.Millisecond)
			return true
		})
		d.put(make([]int, 3*hands)...)
		d.signal.Raise()
		pass(3 * 50 * time.Millisecond)
		if d.finished() != 3*hands || most != hands {
			t.Errorf("%d done, %d at a time; want %d and %d", d.finished(), most, 3*hands, hands)
		}
	})
}

func TestStopFinishesWhatIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, func(ctx context.Context, _ int) bool {
			select {
			case <-time.After(drainFor - time.Millisecond):
				return true
			case <-ctx.Done():
				return false
			}
		})
		d.put(1)
		d.signal.Raise()
		synctest.Wait()
		d.stop()
		d.put(2)
		if d.hasEnded() {
			t.Fatal("a piece was left in hand")
		}
		pass(drainFor)
		if !d.hasEnded() || d.finished() != 1 {
			t.Errorf("%d done after the stop, want the one in hand", d.finished())
		}
	})
}

func TestStopGivesUpOnWhatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, func(ctx context.Context, _ int) bool {
			<-ctx.Done()
			return false
		})
		d.put(1)
		d.signal.Raise()
		synctest.Wait()
		d.stop()
		pass(drainFor)
		if !d.hasEnded() {
			t.Error("the pool waits for what never ends")
		}
	})
}

func TestPanicCostsOnlyItsPiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, func(_ context.Context, piece int) bool {
			if piece == 1 {
				panic("bad piece")
			}
			return true
		})
		d.put(1, 2, 3)
		pass(time.Second)
		if d.finished() != 2 {
			t.Errorf("%d done, want the other two", d.finished())
		}
		d.put(make([]int, 2*hands)...)
		pass(time.Second)
		if d.finished() != 2+2*hands {
			t.Error("the panic cost a hand")
		}
	})
}

func TestPoolOutlastsTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, always)
		d.setDown(true)
		d.put(1)
		pass(time.Minute)
		d.setDown(false)
		pass(claimPause)
		if d.finished() != 1 {
			t.Error("not done after the database came back")
		}
	})
}

func TestPoolOutlastsADatabaseThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, always)
		d.setDead(true)
		d.put(1)
		pass(pollEvery) // the pool asks
		d.setDead(false)
		pass(claimFor + claimPause)
		if d.finished() != 1 {
			t.Error("the pool waits for an answer that never comes")
		}
	})
}

func TestGivenWorkIsDoneAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		d := start(t, always)
		if !d.pool.Take() {
			t.Fatal("no hand is free")
		}
		d.pool.Give(1)
		synctest.Wait()
		if d.finished() != 1 || time.Since(begin) > 0 {
			t.Errorf("%d done after %v", d.finished(), time.Since(begin))
		}
	})
}

func TestHandsAreTakenAndGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, always)
		for range hands {
			if !d.pool.Take() {
				t.Fatal("a hand is missing")
			}
		}
		if d.pool.Take() {
			t.Error("one hand too many")
		}
		d.put(1)
		pass(time.Second)
		if d.finished() != 0 {
			t.Error("done by a hand that was taken")
		}
		d.pool.Return()
		pass(time.Second)
		if d.finished() != 1 {
			t.Error("the hand that was given back does nothing")
		}
		for range hands - 1 {
			d.pool.Return()
		}
	})
}

// A hand that was taken before the stop gets its piece, which was saved as claimed:
// nobody else would do it before its lease ends.
func TestStopWaitsForHandsThatAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t, always)
		if !d.pool.Take() {
			t.Fatal("no hand is free")
		}
		d.stop()
		if d.hasEnded() || d.pool.Take() {
			t.Fatal("left a hand behind, or gave one away")
		}
		d.pool.Give(1)
		if !d.hasEnded() || d.finished() != 1 {
			t.Errorf("%d done after the stop, want the one that was given", d.finished())
		}
	})
}
