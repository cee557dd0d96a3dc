// Package migrations embeds the SQL migrations of every service, so that a
// binary carries its own. A migration that has been released is never changed,
// and is safe before, during and after a rolling deployment: it only adds.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed order/*.sql inventory/*.sql payment/*.sql notification/*.sql
var files embed.FS

// Of returns the migrations of one service, by its folder's name. It panics when
// there is no such folder, because that is a mistake in the program.
func Of(service string) fs.FS {
	sub, err := fs.Sub(files, service)
	if err != nil {
		panic(err)
	}
	if _, err := fs.ReadDir(sub, "."); err != nil {
		panic(err)
	}
	return sub
}
