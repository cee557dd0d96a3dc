package e2e

import "testing"

func TestConsoleShowsAnOrderOnItsWay(t *testing.T) {
	p := newProduct(t, 5)
	b := openConsole(t, orders, "")
	b.evaluate("window.sinceTheBeginning = true")
	b.fill(".product", p)
	b.choose("#method", "sim_success")
	b.press("#place", "")
	b.sees("#order .badge", "COMPLETED")
	for service, state := range map[string]string{
		orders: "COMPLETED", inventory: "COMMITTED", payments: "PROCESSED", notifications: "sent",
	} {
		b.sees(".lane[data-service="+service+"]", state)
	}
	for _, event := range append([]string{"Told of OrderConfirmed"}, eventsSold...) {
		b.sees(".step", event)
	}
	b.sees("#live", "Settled")
	b.until("window.sinceTheBeginning") // the page was not loaded again
}
