package fxkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.uber.org/fx"

	"orders.internal/shared-kernel/obs"
)

// profilesReadTimeout bounds reading a request's header. Answers take as long as
// the profile that was asked for.
const profilesReadTimeout = 5 * time.Second

// Profiles serves profiles on a port of their own, of loopback alone. With the
// port 0 there are none.
func Profiles(port int) fx.Option {
	if port == 0 {
		return fx.Options()
	}
	return fx.Invoke(func(s *Stages, log *slog.Logger) {
		server := &http.Server{Handler: obs.Profiles(), ReadHeaderTimeout: profilesReadTimeout}
		s.Append(Connections, fx.Hook{ // a stop that hangs can be looked into
			OnStart: func(ctx context.Context) error {
				listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
				if err != nil {
					return fmt.Errorf("PPROF_PORT %d: %w", port, err)
				}
				log.InfoContext(ctx, "serving profiles", "port", port)
				go func() {
					if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
						log.ErrorContext(context.Background(), "no profiles are served any more", "error", err)
					}
				}()
				return nil
			},
			OnStop: func(context.Context) error { return server.Close() }, // a profile in the making is nobody's loss
		})
	})
}
