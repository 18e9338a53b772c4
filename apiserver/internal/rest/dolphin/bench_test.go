package dolphin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
)

// BenchmarkFramework measures what every signed-in request costs beside its
// use case: authentication, decoding, authorization and the answer.
func BenchmarkFramework(b *testing.B) {
	w := newWorld(b)
	h := w.api.Handler()
	req := httptest.NewRequest(http.MethodGet, dolphin.Base+"/worker-group/worker-address-list?pageNo=1", http.NoBody)
	req.Header.Set("token", w.admin)
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
