package harness

import (
	"testing"

	"orders.internal/notification/internal/adapters/porttest"
	"orders.internal/notification/internal/application"
	"orders.internal/shared-kernel/simkit"
)

func TestStore(t *testing.T) {
	porttest.Run(t, func(*testing.T) application.Notifications { return NewStore(&simkit.Calm{At: porttest.Now}) })
}
