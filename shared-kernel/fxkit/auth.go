package fxkit

import (
	"log/slog"

	"go.uber.org/fx"

	"orders.internal/shared-kernel/authkit"
	"orders.internal/shared-kernel/httpkit"
)

// authentication provides what tokens are checked with: nil while it is off.
// The issuer's keys are read in the background; without them the service can
// still do what no caller waits for, so it is ready, if degraded.
func authentication(c authkit.Config) fx.Option {
	provide := fx.Provide(func(now Clock, log *slog.Logger) (*authkit.Verifier, error) {
		return authkit.NewVerifier(c, now, log)
	})
	if !c.On() {
		return provide
	}
	return fx.Options(
		provide,
		fx.Provide(func(v *authkit.Verifier) checks {
			return checks{Check: httpkit.Check{Name: "authentication", Optional: true, Probe: v.Ready}}
		}),
		fx.Invoke(func(s *Stages, v *authkit.Verifier) { s.Background(Work, v.Run) }),
	)
}
