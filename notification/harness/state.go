package harness

// Notification is what there is to see of a notification.
type Notification struct {
	OrderID   string
	Type      string // of the event that it tells of
	Delivered bool
	Sent      int // how often it reached the customer
	// Excused is how many of those had to be followed by another, because of a
	// crash, an outage or a pause before it was recorded.
	Excused int
}

// Notifications returns all notifications, oldest first.
func (s *Store) Notifications(m *Mailbox) (all []Notification) {
	for r := range s.notifications.All() {
		all = append(all, Notification{
			OrderID: string(r.OrderID), Type: string(r.Type), Delivered: !r.isPending(),
			Sent: m.sent[r.EventID], Excused: m.excused[r.EventID],
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
