package harness

// Notification is what there is to see of a notification.
type Notification struct {
	OrderID   string
	Type      string // of the event that it tells of
	Delivered bool
	Sent      int // how often it reached the customer
	// Recorded is how often it was sent by a worker that could record so: more
	// than once can't be explained by crashes, outages or pauses in between.
	Recorded int
}

// Notifications returns all notifications, oldest first.
func (s *Store) Notifications(m *Mailbox) (all []Notification) {
	for r := range s.notifications.All() {
		all = append(all, Notification{
			OrderID: string(r.OrderID), Type: string(r.Type), Delivered: !r.isPending(),
			Sent: m.sent[r.EventID], Recorded: m.recorded[r.EventID],
		})
	}
	return all
}

// Busy reports whether a notification waits to be sent.
func (s *Store) Busy() bool {
	for r := range s.notifications.All() {
		if r.isPending() {
			return true
		}
	}
	return false
}
