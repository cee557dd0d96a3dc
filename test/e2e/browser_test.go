package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"orders.internal/test/stack/console"
	"orders.internal/test/stack/servers"
)

// browser is found, or installed, and started by the first test that needs it.
var browser = sync.OnceValues(func() (context.Context, error) {
	path, err := servers.FindBrowser(context.Background(), console.NewProgress(os.Stderr))
	if err != nil {
		return nil, err
	}
	ctx, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // root can't have one; it sees nothing but the console
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 960),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
	)...)
	ctx, cancel := chromedp.NewContext(ctx)
	closeBrowser = func() {
		cancel()
		end() // waits until it has ended
	}
	return ctx, chromedp.Do(ctx)
})

// closeBrowser ends the browser that was started, if one was.
var closeBrowser = func() {}

// tab is one of the browser's, with the console in it.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// openConsole opens the console of a replica of the order service, in a tab that
// shares nothing with others. The test fails when a script does, or when the
// browser refuses something of the page.
func openConsole(t *testing.T, replica, fragment string) *tab {
	t.Helper()
	running, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(running, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx}
	complaints := b.complaints()
	t.Cleanup(func() {
		cancel()
		if faults := <-complaints; len(faults) > 0 {
			t.Errorf("the browser complains:\n%s", strings.Join(faults, "\n"))
		}
	})
	b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(system.URL(replica)+"/"+fragment))
	return b
}

// complaints gathers what the browser has to complain of until it is closed:
// exceptions, errors, and what the page's policy forbids. That a call was
// answered with an error is no fault.
func (b *tab) complaints() <-chan []string {
	messages, all := chromedp.Console(b.ctx), make(chan []string, 1)
	go func() {
		var faults []string
		for m, err := range messages {
			if err != nil {
				break
			}
			if m.IsException() || m.Type == chromedp.ConsoleError && m.Source != "network" {
				faults = append(faults, m.String())
			}
		}
		all <- faults
	}()
	return all
}

// do runs actions, which wait for what they need.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText")) // it helps to know
		b.t.Fatalf("%v; the page shows:\n%s", err, text)
	}
}

// until waits for an expression to be true. It looks with each frame that the
// browser draws.
func (b *tab) until(expression string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`new Promise((resolve) => {
		const look = () => ((`+expression+`) ? resolve() : requestAnimationFrame(look));
		look();
	})`, chromedp.EvalAwaitPromise))
}

// shown is the expression for the visible elements of a selector with a text.
func shown(selector, text string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%q)].filter((e) => e.checkVisibility() && e.textContent.includes(%q))", selector, text)
}

// sees waits for an element that shows a text.
func (b *tab) sees(selector, text string) {
	b.t.Helper()
	b.until(shown(selector, text) + ".length > 0")
}

// seesNo waits until no such element shows the text.
func (b *tab) seesNo(selector, text string) {
	b.t.Helper()
	b.until(shown(selector, text) + ".length === 0")
}

// fill types a text into a field, in place of what it has.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.until(shown(selector, "") + ".length > 0")
	b.evaluate(fmt.Sprintf("document.querySelector(%q).focus(), document.querySelector(%q).select()", selector, selector))
	b.do(chromedp.KeyEvent(text))
}

// choose chooses an option of a select by its value.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.until(shown(selector, "") + ".length > 0")
	b.evaluate(fmt.Sprintf(`document.querySelector(%q).value = %q`, selector, value))
	b.evaluate(fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change", { bubbles: true }))`, selector))
}

func (b *tab) evaluate(expression string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void]("void (" + expression + ")"))
}

// pictures is the folder that pictures of the console are written to, if any.
const pictures = "CONSOLE_PICTURES"

// mostPicture keeps the repository small, in bytes.
const mostPicture = 200 << 10

// picture writes what the tab shows as a PNG.
func (b *tab) picture(name string) {
	b.t.Helper()
	folder := os.Getenv(pictures)
	if folder == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if len(png) > mostPicture {
		b.t.Errorf("%s.png has %d bytes", name, len(png))
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// press clicks the first element that shows the text, with the mouse.
func (b *tab) press(selector, text string) {
	b.t.Helper()
	b.until(shown(selector, text) + ".filter((e) => !e.disabled).length > 0")
	b.do(chromedp.Click(chromedp.JSPath(shown(selector, text) + ".filter((e) => !e.disabled)[0]")))
}
