package domain

import "testing"

func TestFinal(t *testing.T) {
	for name, c := range map[string]struct {
		Snapshot
		want bool
	}{
		"pending":                          {Snapshot{Status: Pending}, false},
		"completed":                        {Snapshot{Status: Completed}, true},
		"out of stock":                     {Snapshot{Status: Cancelled, Reason: InventoryUnavailable}, true},
		"not paid":                         {Snapshot{Status: Cancelled, Reason: PaymentFailed}, true},
		"timed out":                        {Snapshot{Status: Cancelled, Reason: TimedOut}, false},
		"timed out and refunded":           {Snapshot{Status: Cancelled, Reason: TimedOut, RefundedAt: later}, true},
		"cancelled by its customer":        {Snapshot{Status: Cancelled, Reason: CustomerRequest}, false},
		"cancelled and refunded":           {Snapshot{Status: Cancelled, Reason: CustomerRequest, RefundedAt: later}, true},
		"cancelled for a reason to come":   {Snapshot{Status: Cancelled, Reason: "FRAUD"}, false},
		"pending, though with a refund on": {Snapshot{Status: Pending, RefundedAt: later}, false},
	} {
		if got := Restore(c.Snapshot).Final(); got != c.want {
			t.Errorf("%s: final = %v", name, got)
		}
	}
}

// Whatever may follow, an order that is final doesn't become another one.
func TestFinalOrderNeverChanges(t *testing.T) {
	for _, status := range []Status{Pending, Completed, Cancelled} {
		for _, reason := range append(reasons, "") {
			if (reason != "") != (status == Cancelled) {
				continue
			}
			o := Restore(Snapshot{ID: "o-1", Status: status, Reason: reason, CreatedAt: placedAt, UpdatedAt: placedAt})
			if !o.Final() {
				continue
			}
			before := o.Snapshot()
			o.Confirm(later)
			o.Cancel(TimedOut, "", later)
			_ = o.CancelByCustomer(later) // a conflict, where it is complete
			if after := o.Snapshot(); after.UpdatedAt != before.UpdatedAt || after.Status != before.Status || after.Reason != before.Reason {
				t.Errorf("%+v became %+v", before, after)
			}
		}
	}
}

func TestAsPlaced(t *testing.T) {
	o := place(t)
	placed := o.Snapshot()
	o.Cancel(CustomerRequest, "", later)
	o.RecordRefund(later)
	if got := o.AsPlaced().Snapshot(); got.Status != Pending || got.Reason != "" || !got.RefundedAt.IsZero() || got.UpdatedAt != placed.UpdatedAt {
		t.Errorf("as placed: %+v, want %+v", got, placed)
	}
	if got := o.Snapshot().Status; got != Cancelled {
		t.Errorf("the order itself became %s", got)
	}
}

func TestReasonsAreValid(t *testing.T) {
	for reason, want := range map[CancellationReason]bool{
		InventoryUnavailable: true, PaymentFailed: true, TimedOut: true, CustomerRequest: true, "": false, "timeout": false,
	} {
		if reason.Valid() != want {
			t.Errorf("%q valid = %v", reason, !want)
		}
	}
}
