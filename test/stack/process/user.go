package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// User is whom a program runs as.
type User struct {
	UID, GID int
	// passDirs lets the program pass folders that are closed to its user, as
	// /root is when the repository was cloned there.
	passDirs bool
}

// Unprivileged returns the user to run a program as that refuses to run as
// root, with its data in dir. It is nil when the caller is not root.
func Unprivileged(dir string) (*User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(account.Uid)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		gid, err := strconv.Atoi(account.Gid)
		if err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		open, err := openToAll(dir)
		return &User{UID: uid, GID: gid, passDirs: !open}, err
	}
	return nil, fmt.Errorf("running as root, and there is neither a user postgres nor nobody to run PostgreSQL as")
}

// attributes of a nil User change nothing.
func (u *User) attributes() *syscall.SysProcAttr {
	if u == nil {
		return &syscall.SysProcAttr{}
	}
	attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(u.UID), Gid: uint32(u.GID)}}
	if u.passDirs {
		allowPassing(attr)
	}
	return attr
}

// Command returns a command that runs to its end as this user.
func (u *User) Command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.SysProcAttr = u.attributes()
	cmd.SysProcAttr.Setpgid = true // Ctrl-C ends it through ctx
	return cmd
}

// openToAll tells whether everybody may pass the folders above dir. One that
// is not there yet is left to who makes it.
func openToAll(dir string) (bool, error) {
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false, nil
		}
		if parent == filepath.Dir(parent) {
			return true, nil
		}
	}
}
