package console

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"orders.internal/shared-kernel/authkit/authtest"
)

func TestPagesAreServedWithAStrictPolicy(t *testing.T) {
	app := authtest.NewApp(t, New(Settings{Authentication: true}).Register)
	for at, page := range pages() {
		a := authtest.Ask(t, app, "GET", at, "", "")
		if a.Status != 200 || a.Body != string(page.content) || a.Header.Get("Content-Type") != page.contentType || page.contentType == "" {
			t.Errorf("%s: %d, %s", at, a.Status, a.Header.Get("Content-Type"))
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", at, name, got)
			}
		}
	}
}

// What a page loads is here, and nothing in it needs more than the policy allows.
func TestPagesNeedNothingElse(t *testing.T) {
	all := pages()
	loads := regexp.MustCompile(`(?:src|href)="([^#"]+)"|(?:from|import) "([^"]+)"`)
	for at, page := range all {
		for _, m := range loads.FindAllStringSubmatch(string(page.content), -1) {
			loaded := m[1] + m[2]
			if strings.HasPrefix(loaded, "./") {
				loaded = path.Join("/console", loaded)
			}
			if _, there := all[loaded]; !there {
				t.Errorf("%s loads %s, which is not there", at, loaded)
			}
		}
		for _, forbidden := range []string{"innerHTML", "insertAdjacentHTML", "eval(", "style=", "<style", "javascript:", " onclick=\"", "localStorage"} {
			if strings.Contains(string(page.content), forbidden) {
				t.Errorf("%s has %s", at, forbidden)
			}
		}
	}
	if inline := regexp.MustCompile(`<script[^>]*>[^<]`).Find(all["/"].content); inline != nil {
		t.Errorf("a script inside the page: %s", inline)
	}
}
