package fxkit

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
)

// lifecycle is fx's: what was appended last stops first, and nothing after the
// context's end.
type lifecycle []fx.Hook

func (l *lifecycle) Append(h fx.Hook) { *l = append(*l, h) }

func (l *lifecycle) stop(ctx context.Context) (err error) {
	for _, h := range slices.Backward(*l) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err = errors.Join(err, h.OnStop(ctx))
	}
	return err
}

func newLifecycle() (*lifecycle, *Stages) {
	l := &lifecycle{}
	return l, newStages(l, slog.New(slog.DiscardHandler))
}

func TestEveryStageIsReachedThoughNoneComesToAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := newLifecycle()
		begun, never := time.Now(), make(chan struct{})
		defer close(never)
		asked := make(chan time.Duration, stages)
		for stage := range stages {
			s.Append(stage, fx.Hook{OnStop: func(ctx context.Context) error {
				asked <- time.Since(begun)
				<-never
				return nil
			}})
			s.Append(stage, fx.Hook{OnStart: func(context.Context) error { return nil }}) // has nothing to stop
		}
		ctx, cancel := context.WithTimeout(t.Context(), stopTimeout)
		defer cancel()
		if err := l.stop(ctx); err == nil {
			t.Error("nobody says that it was not done")
		}
		for stage, want := range []time.Duration{0, 9 * time.Second, 14 * time.Second, 17 * time.Second} {
			if got := <-asked; got != want {
				t.Errorf("%s were asked after %s, want %s", Stage(stage), got, want)
			}
		}
		if took := time.Since(begun); took != stopTimeout-reserves[Connections] {
			t.Errorf("took %s", took)
		}
	})
}

// Whoever gives up when its context ends has come to an end.
func TestStageStopsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := newLifecycle()
		failed, begun := errors.New("failed"), time.Now()
		for _, err := range []error{nil, failed} {
			s.Append(Work, fx.Hook{OnStop: func(ctx context.Context) error {
				<-ctx.Done()
				return err
			}})
		}
		ctx, cancel := context.WithTimeout(t.Context(), stopTimeout)
		defer cancel()
		if err := l.stop(ctx); !errors.Is(err, failed) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		if took, want := time.Since(begun), stopTimeout-reserves[Work]-grace; took != want {
			t.Errorf("took %s, want %s", took, want)
		}
	})
}

func TestWhatHasStartedIsStoppedWhenAStartFails(t *testing.T) {
	failed, stopped := errors.New("failed"), 0
	app := fx.New(fx.NopLogger, fx.Supply(slog.New(slog.DiscardHandler)), fx.Provide(newStages), fx.Invoke(func(s *Stages) {
		stops := fx.Hook{OnStop: func(context.Context) error { stopped++; return nil }}
		s.Append(Connections, stops)
		s.Append(Work, stops)
		s.Append(Work, fx.Hook{OnStart: func(context.Context) error { return failed }, OnStop: stops.OnStop})
		s.Append(Requests, stops)
	}))
	if err := app.Start(t.Context()); !errors.Is(err, failed) {
		t.Errorf("err = %v", err)
	}
	if stopped != 2 {
		t.Errorf("%d were stopped, want those of connections and work that had started", stopped)
	}
}

func TestBackgroundEndsWithItsStage(t *testing.T) {
	l, s := newLifecycle()
	ended := make(chan struct{})
	s.Background(Work, func(ctx context.Context) {
		<-ctx.Done()
		close(ended)
	})
	for _, h := range *l {
		if err := h.OnStart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.stop(t.Context()); err != nil {
		t.Error(err)
	}
	<-ended
}
