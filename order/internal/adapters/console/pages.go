package console

import (
	"embed"
	"io/fs"
	"path"

	"github.com/gofiber/fiber/v2"
)

//go:embed static
var static embed.FS

// contentTypes by the ends of the files' names.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// policy has browsers take scripts and styles from here alone, none of them from
// inside a page, and make no markup of texts: much of what the console shows was
// written by others.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// page is one file of the console.
type page struct {
	contentType string
	content     []byte
}

// pages returns the files by their paths.
func pages() map[string]page {
	all := map[string]page{}
	files, err := fs.Glob(static, "static/*")
	if err != nil {
		panic(err) // the pattern is well-formed
	}
	for _, file := range files {
		content, err := static.ReadFile(file)
		if err != nil {
			panic(err) // it is embedded
		}
		at := "/console/" + path.Base(file)
		if path.Base(file) == "index.html" {
			at = "/"
		}
		all[at] = page{contentTypes[path.Ext(file)], content}
	}
	return all
}

func (p page) send(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderContentType, p.contentType)
	return c.Send(p.content)
}
