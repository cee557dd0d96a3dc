package application

import (
	"errors"
	"fmt"
	"time"
)

// What a gateway's Charge can end with.
var (
	// ErrDeclined: the charge was refused for good, and its key is closed.
	ErrDeclined = errors.New("the gateway declined the charge")
	// ErrKeyCancelled: the key was closed by a Cancel.
	ErrKeyCancelled = errors.New("the charge was cancelled")
	// ErrAttemptsExhausted: every attempt failed. Whether one of them charged all
	// the same is not known; Cancel tells.
	ErrAttemptsExhausted = errors.New("all attempts to charge failed")
)

// HeldBackError says that a charge was not tried, to spare a gateway that is in
// trouble.
type HeldBackError struct {
	RetryAfter time.Duration // how long it will at least last; 0 when unknown
}

func (e *HeldBackError) Error() string {
	return fmt.Sprintf("charges are held back for at least %s", e.RetryAfter)
}
