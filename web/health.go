package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// healthz says that the process is alive.
func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write([]byte("ok\n"))
}

// readyTime is how long a check may take.
const readyTime = 2 * time.Second

// readyz says whether this node can do its work: database, bus, migrations.
func readyz(cfg Config) http.HandlerFunc {
	checks := []struct {
		name  string
		check func(context.Context) error
	}{
		{"database", cfg.DB.Pool().Ping},
		{"bus", func(context.Context) error { return cfg.Bus.Healthy() }},
		{"migrations", cfg.Migrated},
	}
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		status, said := http.StatusOK, map[string]string{}
		for _, c := range checks {
			said[c.name] = "ok"
			if err := c.check(ctx); err != nil {
				status, said[c.name] = http.StatusServiceUnavailable, "failing" // why is for the operator's log
				cfg.Log.WarnContext(ctx, "not ready", "check", c.name, "error", err)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(said) // the client has gone
	}
}
