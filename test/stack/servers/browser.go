package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"orders.internal/test/stack/console"
)

// browsers are the programs that will do, the first one found.
var browsers = []string{
	"chromium", "chromium-browser", "google-chrome-stable", "google-chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

// chromium is Debian's package. Ubuntu's of the same name installs a snap, which
// many machines can't run.
const chromium = "chromium"

// noBrowser is for somebody who has to do it.
const noBrowser = "missing on this machine: Chromium or Chrome, in which the console is tested; install with: "

// FindBrowser returns a Chromium or Chrome. Where there is none, it installs one
// when it may: on Debian, as root or with sudo that asks for no password.
// Otherwise its error names the command to type.
func FindBrowser(ctx context.Context, progress *console.Progress) (string, error) {
	if path, err := findBrowser(); err == nil {
		return path, nil
	}
	release, _ := os.ReadFile("/etc/os-release") // without one it is no Debian
	switch {
	case runtime.GOOS == "darwin":
		return "", errors.New(noBrowser + "brew install --cask chromium")
	case hasID(string(release), "ubuntu"):
		return "", errors.New(noBrowser + "sudo snap install chromium")
	case !hasID(string(release), "debian"):
		return "", errors.New(noBrowser + "this system's package manager, so that chromium or google-chrome is in PATH")
	}
	if err := aptInstall(ctx, []string{chromium}, progress); err != nil {
		return "", err
	}
	return findBrowser()
}

func findBrowser() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("a browser: %w", errMissing)
}
