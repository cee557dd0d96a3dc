package authkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"orders.internal/shared-kernel/errs"
)

const (
	fetchTimeout = 5 * time.Second
	refreshEvery = 15 * time.Minute
	firstRetry   = time.Second // doubled with each failure
	longestRetry = time.Minute
	// unknownEvery is how often, at most, a key that isn't known makes the set be
	// read again before its time: whoever makes up key ids can't burden the issuer.
	unknownEvery = 10 * time.Second
)

// errKeysUnknown is what a caller is told while the issuer's keys can't be read:
// nobody can say whether the token is good.
var errKeysUnknown = errs.New(errs.Unavailable, "the keys that tokens are checked with can't be read at the moment")

// keySet is what an issuer publishes at its JWKS URL. Keys that were read once
// stay good until they could be read again.
type keySet struct {
	url    string
	client *http.Client
	log    *slog.Logger
	now    func() time.Time

	firstRetry time.Duration
	unknown    *rate.Limiter
	refreshed  func() // for tests: called after each attempt to read the set

	current atomic.Pointer[keyfunc.Keyfunc] // nil until the set could be read

	mu     sync.Mutex // held while the set is read
	failed bool       // the last attempt
}

func newKeySet(url string, now func() time.Time, log *slog.Logger) *keySet {
	return &keySet{
		url: url, client: &http.Client{Timeout: fetchTimeout}, log: log, now: now,
		firstRetry: firstRetry, unknown: rate.NewLimiter(rate.Every(unknownEvery), 1), refreshed: func() {},
	}
}

// run reads the set at once and from time to time, until ctx ends.
func (s *keySet) run(ctx context.Context) {
	pause := s.firstRetry
	for {
		s.mu.Lock()
		err := s.read(ctx)
		s.mu.Unlock()
		s.refreshed()
		wait := refreshEvery
		if err != nil {
			wait, pause = pause, min(2*pause, longestRetry)
		} else {
			pause = s.firstRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// read replaces the keys with those that the issuer has now. The caller holds mu.
func (s *keySet) read(ctx context.Context) error {
	keys, err := s.fetch(ctx)
	s.failed = err != nil
	if err != nil {
		if ctx.Err() == nil {
			s.log.WarnContext(ctx, "the keys that tokens are checked with can't be read", "url", s.url, "error", err)
		}
		return err
	}
	s.current.Store(&keys)
	return nil
}

func (s *keySet) fetch(ctx context.Context) (keyfunc.Keyfunc, error) {
	storage, err := jwkset.NewStorageFromHTTP(s.url, jwkset.HTTPClientStorageOptions{Client: s.client, Ctx: ctx, HTTPTimeout: fetchTimeout})
	if err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	return keyfunc.New(keyfunc.Options{Storage: storage, UseWhitelist: []jwkset.USE{jwkset.UseSig, ""}})
}

// key returns the key that a token names, or all keys when it names none.
func (s *keySet) key(ctx context.Context, token *jwt.Token) (any, error) {
	keys := s.current.Load()
	if keys == nil {
		return nil, errKeysUnknown
	}
	key, err := (*keys).KeyfuncCtx(ctx)(token)
	if errors.Is(err, jwkset.ErrKeyNotFound) {
		return s.newKey(ctx, token)
	}
	return key, err
}

// newKey looks for a key that was published since the set was last read.
func (s *keySet) newKey(ctx context.Context, token *jwt.Token) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Another request may have read the set in the meantime.
	key, err := (*s.current.Load()).KeyfuncCtx(ctx)(token)
	if !errors.Is(err, jwkset.ErrKeyNotFound) {
		return key, err
	}
	if s.unknown.AllowN(s.now(), 1) && s.read(ctx) == nil {
		key, err = (*s.current.Load()).KeyfuncCtx(ctx)(token)
	}
	if err != nil && s.failed {
		return nil, errKeysUnknown
	}
	return key, err
}

// ready returns an error until the set could be read.
func (s *keySet) ready() error {
	if s.current.Load() == nil {
		return errKeysUnknown
	}
	return nil
}
