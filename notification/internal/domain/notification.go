// Package domain holds the notification: what a customer is told about an
// order, once for each type of event.
package domain

import (
	"time"
)

// Channel is the way by which a customer is told.
type Channel string

// Email is the only channel so far.
const Email Channel = "email"

// Key identifies a notification: a customer is told of each type of event of an
// order once.
type Key struct {
	OrderID OrderID
	Type    Type
}

// Notification is pending until it is delivered, and is tried for as long as
// that takes.
type Notification struct {
	eventID       string
	key           Key
	customerID    string
	channel       Channel
	text          string
	attempts      int
	nextAttemptAt time.Time
	createdAt     time.Time
	deliveredAt   time.Time
}

// Snapshot is a Notification's state, for storing and showing it.
type Snapshot struct {
	EventID       string // what it tells of; also the id under which it is sent
	OrderID       OrderID
	Type          Type
	CustomerID    string
	Channel       Channel
	Text          string
	Attempts      int // that failed
	NextAttemptAt time.Time
	CreatedAt     time.Time
	DeliveredAt   time.Time // zero while it is pending
}

// New returns a pending notification that is due now. Of an occurrence that
// customers aren't told of it is errs.Invalid.
func New(o Occurrence, now time.Time) (*Notification, error) {
	text, err := o.text()
	if err != nil {
		return nil, err
	}
	return &Notification{
		eventID: o.EventID, key: Key{OrderID: o.OrderID, Type: o.Type}, customerID: o.CustomerID,
		channel: Email, text: text, nextAttemptAt: now, createdAt: now,
	}, nil
}

// Restore returns the notification that a snapshot was taken of.
func Restore(s Snapshot) *Notification {
	return &Notification{
		eventID: s.EventID, key: Key{OrderID: s.OrderID, Type: s.Type}, customerID: s.CustomerID,
		channel: s.Channel, text: s.Text, attempts: s.Attempts, nextAttemptAt: s.NextAttemptAt,
		createdAt: s.CreatedAt, deliveredAt: s.DeliveredAt,
	}
}

// Snapshot returns the notification's state.
func (n *Notification) Snapshot() Snapshot {
	return Snapshot{
		EventID: n.eventID, OrderID: n.key.OrderID, Type: n.key.Type, CustomerID: n.customerID,
		Channel: n.channel, Text: n.text, Attempts: n.attempts, NextAttemptAt: n.nextAttemptAt,
		CreatedAt: n.createdAt, DeliveredAt: n.deliveredAt,
	}
}

// Key identifies the notification.
func (n *Notification) Key() Key { return n.key }

// Claim gives a new notification to a worker until the given time.
func (n *Notification) Claim(until time.Time) { n.nextAttemptAt = until }

// Delivered ends it: the customer was told. The first time counts.
func (n *Notification) Delivered(now time.Time) {
	if n.pending() {
		n.deliveredAt = now
	}
}

// Failed postpones the next attempt, ever longer up to a limit. chance, from 0
// to 1, spreads what failed together. leased is until when the notification was
// the failing worker's: if another has claimed or delivered it in the meantime,
// it stays as it is, or a third would send it beside that one.
func (n *Notification) Failed(leased, now time.Time, chance float64) {
	if n.pending() && n.nextAttemptAt.Equal(leased) {
		n.nextAttemptAt = now.Add(pauseAfter(n.attempts, chance))
		n.attempts++
	}
}

func (n *Notification) pending() bool { return n.deliveredAt.IsZero() }
