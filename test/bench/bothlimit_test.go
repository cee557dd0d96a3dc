package bench

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestMessagesAreSentWhenTheirRowsAreWritten(t *testing.T) {
	var rows, messages atomic.Int64
	written := make(chan struct{})
	admit := behind(&messages, &rows, written)
	rows.Store(2)
	for messages.Load() < 2 {
		if more, err := admit(t.Context()); !more || err != nil {
			t.Fatalf("after %d of 2: %v, %v", messages.Load(), more, err)
		}
		messages.Add(1)
	}
	go func() {
		rows.Add(1)
		close(written)
	}()
	if more, err := admit(t.Context()); !more || err != nil {
		t.Fatalf("the third: %v, %v", more, err)
	}
	messages.Add(1)
	if more, err := admit(t.Context()); more || err != nil {
		t.Errorf("after the last: %v, %v", more, err)
	}
}

func TestRowsAreNotFarAheadOfTheirMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rows, messages atomic.Int64
		admit := ahead(&rows, &messages, time.Now().Add(time.Minute))
		rows.Store(leastLead)
		if more, err := admit(t.Context()); !more || err != nil {
			t.Errorf("at the beginning: %v, %v", more, err)
		}
		messages.Store(9000)
		rows.Store(9000 + 3000 + 1)
		admitted := make(chan bool, 1)
		go func() {
			more, err := admit(t.Context())
			admitted <- more && err == nil
		}()
		time.Sleep(time.Second)
		select {
		case <-admitted:
			t.Error("rows were written too far ahead")
		default:
		}
		messages.Add(1)
		if !<-admitted {
			t.Error("rows were not written")
		}
		rows.Add(1)
		if more, err := admit(t.Context()); more || err != nil { // waits for the end
			t.Errorf("after the end: %v, %v", more, err)
		}
	})
}
