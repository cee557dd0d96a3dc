package audit

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
)

// services are the four in one, with what they show.
type services struct {
	orders        []order
	reservations  []reservation
	payments      []payment
	ledger        []entry
	notifications []notification
	products      []product

	behind map[string]bool // orders of which the lists don't show the reservation yet
	counts int             // how often the products were read
}

// serve begins to answer. It returns where.
func (s *services) serve(t *testing.T) Endpoints {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/orders", list(func() []order { return s.orders }, func(o order) string { return o.ID }))
	mux.HandleFunc("GET /api/orders/{id}", one(func() []order { return s.orders }, func(o order) string { return o.ID }))
	mux.HandleFunc("GET /api/reservations", s.listReservations)
	mux.HandleFunc("GET /api/payments", list(func() []payment { return s.payments }, func(p payment) string { return p.OrderID }))
	mux.HandleFunc("GET /api/payments/{id}", one(func() []payment { return s.payments }, func(p payment) string { return p.OrderID }))
	mux.HandleFunc("GET /api/gateway/ledger", list(func() []entry { return s.ledger }, func(e entry) string { return e.OrderID }))
	mux.HandleFunc("GET /api/notifications", list(func() []notification { return s.notifications }, func(n notification) string { return n.OrderID }))
	mux.HandleFunc("GET /api/products", func(w http.ResponseWriter, r *http.Request) {
		s.counts++
		list(func() []product { return s.products }, func(p product) string { return p.ID })(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return Endpoints{Order: server.URL, Inventory: server.URL, Payment: server.URL, Notification: server.URL}
}

func (s *services) listReservations(w http.ResponseWriter, r *http.Request) {
	rows := s.reservations
	if r.FormValue("order_id") == "" {
		rows = slices.DeleteFunc(slices.Clone(rows), func(r reservation) bool { return s.behind[r.OrderID] })
	}
	list(func() []reservation { return rows }, func(r reservation) string { return r.OrderID })(w, r)
}

// list answers page by page, or with the rows of one order.
func list[T any](rows func() []T, idOf func(T) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all := rows()
		if id := r.FormValue("order_id"); id != "" {
			all = slices.DeleteFunc(slices.Clone(all), func(row T) bool { return idOf(row) != id })
		}
		from, _ := strconv.Atoi(r.FormValue("cursor")) // none: the first page
		limit, err := strconv.Atoi(r.FormValue("limit"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p := page[T]{Items: all[from:min(from+limit, len(all))]}
		if from+limit < len(all) {
			cursor := strconv.Itoa(from + limit)
			p.NextCursor = &cursor
		}
		answer(w, p)
	}
}

func one[T any](rows func() []T, idOf func(T) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(rows(), func(row T) bool { return idOf(row) == r.PathValue("id") })
		if i < 0 {
			http.NotFound(w, r)
			return
		}
		answer(w, rows()[i])
	}
}

func answer(w http.ResponseWriter, body any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// have adds what there is about an order, which is older than all before.
func (s *services) have(v view) {
	if v.order != nil {
		s.orders = append(s.orders, *v.order)
	}
	if v.reservation != nil {
		s.reservations = append(s.reservations, *v.reservation)
	}
	if v.payment != nil {
		s.payments = append(s.payments, *v.payment)
	}
	s.ledger = append(s.ledger, v.ledger...)
	s.notifications = append(s.notifications, v.notifications...)
}
