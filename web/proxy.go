package web

import (
	"net/http"
	"net/http/httputil"
	"net/url"

	"sidetone/internal/errs"
	"sidetone/web/edge"
)

// newProxy speaks to the simulated carrier. Our sessions are none of its business.
func newProxy(target *url.URL, refusals edge.Refusals) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Cookie")
			r.Out.Header.Del("Authorization")
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Set-Cookie")
			r.Header.Del(edge.RequestIDHeader) // ours names the request
			return nil
		},
		FlushInterval: -1, // server-sent events
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			refusals.Write(w, r, errs.New(errs.Unavailable, "The simulated carrier does not answer").Because(err))
		},
	}
}
