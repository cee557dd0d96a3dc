// Package application holds what the notification service can do, one use case a
// file, and the ports through which it reaches the outside.
package application

//go:generate go tool mockgen -source=ports.go -destination=mocks_test.go -package=application

import (
	"context"
	"time"

	"orders.internal/notification/internal/domain"
	"orders.internal/shared-kernel/event"
)

// Notifications keeps what customers are told. Every method's error has the code
// errs.Unavailable while the store can't be reached.
type Notifications interface {
	// Add saves a new notification with the origin that ctx carries. Where one
	// with its key is there already, it does nothing, and reports false. No
	// customer waits for it, so it may take some milliseconds longer.
	Add(ctx context.Context, n *domain.Notification) (added bool, err error)
	// Claim returns, of the pending notifications that are due at now, those that
	// have been so the longest, at most limit. It has made each of them, durably,
	// due again at until: no other claim returns it before that.
	Claim(ctx context.Context, now, until time.Time, limit int) ([]Claimed, error)
	// Update applies change to a copy of the notification as it is stored, and
	// saves that. known is what the caller believes to be stored: while it is,
	// nothing has to be read. change does no I/O and may run again. There being no
	// such notification is errs.NotFound.
	Update(ctx context.Context, known *domain.Notification, change func(*domain.Notification)) error
	// List returns the notifications that match the filter, newest first.
	List(ctx context.Context, f Filter) ([]*domain.Notification, error)
}

// Claimed is a notification to be sent now, and what it goes back to.
type Claimed struct {
	Notification *domain.Notification
	Origin       event.Origin
}

// Hands send notifications beside whoever has one for them.
type Hands interface {
	// Take takes a hand, if one is free. Give or Return it afterwards.
	Take() bool
	// Give has it send a notification, and doesn't wait for that.
	Give(c Claimed)
	// Return gives it back.
	Return()
}

// Filter selects notifications. Its zero fields select everything.
type Filter struct {
	OrderID    domain.OrderID
	CustomerID string
	After      *Position // only what comes after this in the list
	Limit      int
}

// Position is a notification's place in the list.
type Position struct {
	CreatedAt time.Time
	EventID   string
}

// Notifier tells customers.
type Notifier interface {
	// Send returns nil when the message is out. After an error, or a crash, it
	// is sent again under the same id, by which receivers recognize a repeat.
	Send(ctx context.Context, m Message) error
}

// Message is what a customer gets.
type Message struct {
	ID         string
	CustomerID string
	OrderID    domain.OrderID
	Channel    domain.Channel
	Text       string
}
