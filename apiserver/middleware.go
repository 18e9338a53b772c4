package apiserver

import (
	"log/slog"
	"net/http"
	"regexp"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
)

// callerID is what a client may call its request.
var callerID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID gives every request a name that log lines and the answer share.
func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !callerID.MatchString(id) {
			id = uuid.NewString()
			r.Header.Set("X-Request-Id", id)
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r)
	})
}

// secureHeaders tells browsers to take answers for nothing but what they are.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// logAccess writes a line per request at level debug; the query string, which
// may hold passwords, stays out.
func (s *Server) logAccess(next http.Handler) http.Handler {
	log := s.deps.Log
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !log.Enabled(r.Context(), slog.LevelDebug) {
			next.ServeHTTP(w, r)
			return
		}
		begin := s.deps.Now()
		seen := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			log.DebugContext(r.Context(), "request", "id", r.Header.Get("X-Request-Id"),
				"method", r.Method, "path", r.URL.Path, "status", seen.Status(), "bytes", seen.BytesWritten(),
				"took", s.deps.Now().Sub(begin), "peer", r.RemoteAddr)
		}()
		next.ServeHTTP(seen, r)
	})
}
