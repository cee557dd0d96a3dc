package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// order places an order in the console.
func (b *tab) order(product, method string) {
	b.t.Helper()
	b.fill(".product", product)
	b.choose("#method", method)
	b.press("#place", "")
}

func TestConsoleShowsAnOrderOnItsWay(t *testing.T) {
	p := newProduct(t, 5)
	b := openConsole(t, orders, "")
	b.evaluate("window.sinceTheBeginning = true")
	b.order(p, "sim_success")
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

func TestConsoleTellsWhyAnOrderWasCancelled(t *testing.T) {
	b := openConsole(t, orders, "")
	b.order("product-C", "sim_success")
	b.sees("#order .badge", "CANCELLED (INVENTORY_UNAVAILABLE)")
	b.sees("#why", "product-C: 1 ordered, 0 available now")
	b.sees(".lane[data-service=inventory]", "REJECTED")
	b.sees(".step", "InventoryUnavailable")

	b.evaluate(`location.hash = "#/orders"`)
	b.order("product-A", "sim_decline")
	b.sees("#why", "The gateway's word: DECLINED, after 1 attempt.")
	b.sees(".step", "InventoryReleased")
	b.sees("#live", "Settled")
	b.picture("console-saga")
}

func TestConsoleNamesEveryBadField(t *testing.T) {
	b := openConsole(t, orders, "")
	b.fill(".quantity", "0")
	b.fill("#total", "much")
	b.press("#place", "")
	b.sees(".line .fault", "must be")
	b.sees("#total-fault", "must be")
	b.until(`document.activeElement.matches(".quantity[aria-invalid]")`)
}

func TestConsoleListsOrders(t *testing.T) {
	own := of(line{newProduct(t, 3), 1})
	first := place(t, own.paying("sim_decline"))
	waitFor(t, first.ID, declined)
	b := openConsole(t, orders, "#/orders?customer_id="+own.CustomerID)
	b.sees("#orders tbody tr", "CANCELLED (PAYMENT_FAILED)")
	b.sees(".live", "Live")
	second := place(t, own.paying("sim_success"))
	b.press("#news", "new order")
	b.sees(fmt.Sprintf("#orders tr[data-order=%q]", second.ID), "COMPLETED")
	b.choose("#filter-status", "CANCELLED")
	b.press("#filters button", "Filter")
	b.seesNo("#orders tbody tr", second.ID)
	b.press("#orders a", first.ID)
	b.sees("#order .badge", "CANCELLED")
	for _, event := range eventsDeclined { // of long ago
		b.sees(".step", event)
	}
	b.sees("#live", "Settled")
}

func TestConsoleSetsStock(t *testing.T) {
	p := "product-" + newID()
	stocked.Store(p, 7)
	b := openConsole(t, orders, "#/stock")
	b.fill("#new-product", p)
	b.fill("#new-available", "7")
	b.press("button", "Add")
	eventually(t, func() error {
		_, err := get[product](inventory, "/api/products/"+p)
		return err
	})
	expectStock(t, p, stock{Available: 7})
	row := fmt.Sprintf("#stock tr[data-product=%q]", p)
	b.sees(row, "7")
	place(t, of(line{p, 2}))
	b.until(fmt.Sprintf(`document.querySelector("%s").cells[3].textContent === "2"`, strings.ReplaceAll(row, `"`, `\"`))) // sold
}

func TestConsoleShowsRates(t *testing.T) {
	b := openConsole(t, orders, "#/rates")
	b.sees(".live", "Live")
	waitFor(t, place(t, of(line{newProduct(t, 1), 1})).ID, sold)
	b.press("#rates summary", "table")
	b.press("#latencies summary", "table")
	for _, figure := range []string{"#rates", "#latencies"} {
		b.until(fmt.Sprintf(`[...document.querySelectorAll("%s tbody td.number")].some((cell) => parseFloat(cell.textContent) > 0)`, figure))
	}
}

// Who follows a link before it is known what a caller may see comes to its view all the
// same, a moment later.
func TestConsoleFollowsALinkThatComesEarly(t *testing.T) {
	b := openConsole(t, orders, "")
	if _, err := chromedp.Call(b.ctx, browserpage.AddScriptToEvaluateOnNewDocument, browserpage.AddScriptToEvaluateOnNewDocumentParams{Source: `{
		const ask = window.fetch;
		window.fetch = async (...args) => {
			if (args[0] === "/console/settings") await new Promise((goOn) => (window.goOn = goOn));
			return ask(...args);
		};
	}`}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(system.URL(orders)+"/"))
	b.until("window.goOn")
	b.evaluate(`addEventListener("hashchange", () => (window.moved = true)), location.hash = "#/rates"`)
	b.until("window.moved")
	b.evaluate("window.goOn()")
	b.sees(views["#/rates"], "")
}

// views are all there are, by the selector of what is in each.
var views = map[string]string{
	"#/orders": "#orders td", "#/stock": "#stock td", "#/rates": "#rates .legend li", "#/dead-letters": "#groups td",
}

// What can be used without eyes, mouse or a wide screen.
func TestConsoleIsForEverybody(t *testing.T) {
	placed := place(t, of(line{newProduct(t, 1), 1}))
	b := openConsole(t, orders, "")
	b.sees("#place", "") // the view that a page begins with has no focus
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	all := map[string]string{"#/orders/" + placed.ID: "#order .badge"}
	for fragment, there := range views {
		all[fragment] = there
	}
	for fragment, there := range all {
		b.evaluate(fmt.Sprintf("location.hash = %q", fragment))
		b.sees(there, "")
		b.until(`document.activeElement.matches("h1")`) // where reading begins
		for what, expression := range map[string]string{
			"controls without a name":  `[...document.querySelectorAll("input, select")].filter((c) => !c.labels?.length && !c.ariaLabel)`,
			"buttons without a name":   `[...document.querySelectorAll("button, a, summary")].filter((c) => !c.textContent.trim() && !c.ariaLabel)`,
			"ids that are there twice": `[...document.querySelectorAll("[id]")].filter((e) => document.querySelectorAll("#" + CSS.escape(e.id)).length > 1)`,
			"more or less than one h1": `[...document.querySelectorAll("h1")].slice(1)`,
			"what is too wide":         `document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth).slice(0, 3) : []`,
		} {
			found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string]("("+expression+").map((e) => e.outerHTML.slice(0, 200))"))
			if err != nil || len(found) > 0 {
				t.Errorf("%s: %s: %q, %v", fragment, what, found, err)
			}
		}
	}
}

func TestConsoleIsUsedWithTheKeyboard(t *testing.T) {
	p := newProduct(t, 1)
	b := openConsole(t, orders, "")
	b.sees("#place", "")
	b.do(chromedp.KeyEvent("\t"))
	b.until(`document.activeElement.id === "skip"`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.activeElement.id === "main"`)
	for range 2 { // the customer, then the product
		b.do(chromedp.KeyEvent("\t"))
	}
	b.until(`document.activeElement.matches(".product")`)
	b.evaluate("document.activeElement.select()")
	b.do(chromedp.KeyEvent(p), chromedp.KeyEvent("\r"))
	b.sees("#order .badge", "COMPLETED")
	b.until(`document.activeElement.matches("h1")`)
	b.until(`document.getElementById("announcer").textContent !== ""`)
}

func TestConsolesPagesAreOpenAndStrict(t *testing.T) {
	a := call(t, http.MethodGet, orders, "/", "")
	if policy := a.Header.Get("Content-Security-Policy"); a.Status != http.StatusOK || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
		t.Errorf("%d with %q", a.Status, policy)
	}
}
