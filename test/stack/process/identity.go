package process

// Identity names one run of one process. The pid alone is not enough: once
// the process has ended, the system gives its pid to another one.
type Identity struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // opaque: differs for each process that ever has this pid
}

// Identify returns the identity of the process that has this pid now.
func Identify(pid int) (Identity, error) {
	started, _, err := inspect(pid)
	return Identity{PID: pid, Started: started}, err
}

// Alive tells whether this very process still runs. One that has ended but
// was not collected by its parent yet (a zombie) does not count.
func (id Identity) Alive() bool {
	if id.PID <= 0 {
		return false
	}
	started, running, err := inspect(id.PID)
	return err == nil && running && started == id.Started
}
