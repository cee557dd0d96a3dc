package application

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"orders.internal/order/internal/domain"
)

// entries reads a history such as "a@1 b@3<a": the events in the order of their
// positions, with the second of each and its cause.
func entries(t *testing.T, history string) (all []Entry) {
	t.Helper()
	for i, text := range strings.Fields(history) {
		text, cause, _ := strings.Cut(text, "<")
		id, second, _ := strings.Cut(text, "@")
		after, err := time.ParseDuration(second + "s")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Entry{Position: int64(i + 1), OrderID: "o-1", CustomerID: "customer-1", Status: domain.Pending,
			Event: domain.Observation{EventID: id, CausationID: cause, OccurredAt: now.Add(after)}})
	}
	return all
}

func eventIDs(entries []Entry) string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.Event.EventID)
	}
	return strings.Join(ids, " ")
}

func TestTimelineIsInCausalOrder(t *testing.T) {
	for name, c := range map[string]struct{ history, want string }{
		"by time":                            {"c@3 a@1 b@2", "a b c"},
		"by position at equal times":         {"b@1 a@1 c@1", "b a c"},
		"no effect before its cause":         {"a@1 b@9<a c@2<b", "a b c"},
		"over several services whose clocks": {"created@5 reserved@1<created processed@9<reserved confirmed@6<processed", "created reserved processed confirmed"},
		"a late event of another branch":     {"created@1 cancelled@4 reserved@2<created released@3<cancelled", "created reserved cancelled released"},
		"a cause that nobody knows":          {"b@2<x a@1<y", "a b"},
		"its own cause":                      {"b@2 a@1<a", "a b"},
		"causes in a circle":                 {"b@2<a a@1<b c@3", "b a c"},
		"nothing":                            {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			journal := NewMockJournal(gomock.NewController(t))
			journal.EXPECT().OfOrder(gomock.Any(), domain.OrderID("o-1")).Return(entries(t, c.history), nil)
			got, err := NewReadTimeline(journal).Do(t.Context(), "o-1")
			if err != nil || eventIDs(got) != c.want {
				t.Errorf("%s, %v; want %s", eventIDs(got), err, c.want)
			}
		})
	}
}

func TestTimelineOfNoOrder(t *testing.T) {
	journal := NewMockJournal(gomock.NewController(t))
	journal.EXPECT().OfOrder(gomock.Any(), domain.OrderID("o-9")).Return(nil, down)
	if _, err := NewReadTimeline(journal).Do(t.Context(), "o-9"); !errors.Is(err, down) {
		t.Errorf("err = %v", err)
	}
}
