package obs

import (
	"net/http"
	"net/http/pprof"
	"runtime"
)

// mutexFraction: one in so many contentions on a mutex is sampled.
const mutexFraction = 10

// Profiles serves what go tool pprof reads, below /debug/pprof/
// (https://pkg.go.dev/net/http/pprof), and has the runtime sample contention from
// now on. It shows the insides of the process: it is for loopback.
func Profiles() http.Handler {
	runtime.SetMutexProfileFraction(mutexFraction)
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index) // heap, mutex, goroutine and the like, too
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
