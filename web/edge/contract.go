package edge

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	validator "github.com/oapi-codegen/nethttp-middleware"

	"sidetone/internal/errs"
)

// Invalid answers what a contract's validator refuses. A rejected value is never repeated: it may be a person's.
func (f Refusals) Invalid(_ context.Context, err error, w http.ResponseWriter, r *http.Request, _ validator.ErrorHandlerOpts) {
	var unauthorised *openapi3filter.SecurityRequirementsError
	var request *openapi3filter.RequestError
	switch {
	case errors.Is(err, routers.ErrMethodNotAllowed):
		MethodNotAllowed(w, r)
	case errors.Is(err, routers.ErrPathNotFound):
		NotFound(w, r)
	case errors.As(err, &unauthorised):
		f.Write(w, r, errors.Join(unauthorised.Errors...))
	case errors.As(err, &request):
		f.request(w, r, request)
	default:
		f.Write(w, r, err)
	}
}

func (f Refusals) request(w http.ResponseWriter, r *http.Request, e *openapi3filter.RequestError) {
	var tooLarge *http.MaxBytesError
	var schema *openapi3.SchemaError
	switch {
	case errors.As(e, &tooLarge):
		f.Write(w, r, e)
	case e.RequestBody != nil && r.ContentLength == 0:
		f.Write(w, r, errs.New(errs.Invalid, "The body is missing"))
	case e.RequestBody != nil && e.RequestBody.Content["application/octet-stream"] != nil:
		Answer(w, r, http.StatusUnsupportedMediaType, Refusal{
			Message: Say(r.Context(), errs.Say("The body must be the file itself, and Content-Type application/octet-stream")), Code: "unsupported_media_type",
		})
	case e.RequestBody != nil && !isJSON(r):
		Answer(w, r, http.StatusUnsupportedMediaType, Refusal{
			Message: Say(r.Context(), errs.Say("The body must be JSON, and Content-Type must say so")), Code: "unsupported_media_type",
		})
	case errors.As(e, &schema):
		field := strings.Join(schema.JSONPointer(), ".")
		if e.Parameter != nil {
			field = e.Parameter.Name
		}
		if name := stray(schema.Reason); name != "" {
			field = strings.TrimPrefix(field+"."+name, ".")
			f.Write(w, r, errs.Field(field, "%s does not belong there", field))
			return
		}
		if strayReason.MatchString(schema.Reason) {
			f.Write(w, r, errs.Field(field, "The body has a property that does not belong there"))
			return
		}
		f.Write(w, r, errs.Field(field, "%s", breach(field, schema)))
	case e.Parameter != nil:
		f.Write(w, r, errs.Field(e.Parameter.Name, "%s is invalid", e.Parameter.Name))
	default:
		f.Write(w, r, errs.New(errs.Invalid, "The body is not valid JSON"))
	}
}

var (
	strayReason = regexp.MustCompile(`^property "(.*)" is unsupported$`)
	plainName   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z_]{0,39}$`) // a name as contracts have it: no number, no text of a person
)

// stray is the property that a body must not have, when its name can be repeated.
func stray(reason string) string {
	if m := strayReason.FindStringSubmatch(reason); m != nil && plainName.MatchString(m[1]) {
		return m[1]
	}
	return ""
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}
