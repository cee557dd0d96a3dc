package bench

import (
	"testing"
	"time"
)

func TestRefuserTurnsEveryCustomerAway(t *testing.T) {
	r, err := newRefuser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := newClient(r.url, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(c, 1, Quick(), besideRefusals, ordinary)
	for n := range 3 {
		if pause := s.place(0, n, time.Now()); pause != retryAfter {
			t.Errorf("customer %d waits for %v, want %v", n, pause, retryAfter)
		}
	}
	if refused := s.refused.Load(); refused != 3 || s.accepted.Load() != 0 || len(s.faults) > 0 {
		t.Errorf("%d of 3 were refused; %v", refused, s.faults)
	}
	c.http.CloseIdleConnections()
	if err := r.close(); err != nil {
		t.Error(err)
	}
}
