package console

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	validator "github.com/oapi-codegen/nethttp-middleware"

	"sidetone/internal/errs"
	gen "sidetone/openapi/gen/console"
	"sidetone/web/edge"
)

// refuseInvalid answers what the contract's validator refuses. A rejected value is never repeated: it may be a person's.
func (s *server) refuseInvalid(_ context.Context, err error, w http.ResponseWriter, r *http.Request, _ validator.ErrorHandlerOpts) {
	var unauthorised *openapi3filter.SecurityRequirementsError
	var request *openapi3filter.RequestError
	switch {
	case errors.Is(err, routers.ErrMethodNotAllowed):
		edge.MethodNotAllowed(w, r)
	case errors.Is(err, routers.ErrPathNotFound):
		edge.NotFound(w, r)
	case errors.As(err, &unauthorised):
		s.Refusals.Write(w, r, errors.Join(unauthorised.Errors...))
	case errors.As(err, &request):
		s.refuseRequest(w, r, request)
	default:
		s.Refusals.Write(w, r, err)
	}
}

func (s *server) refuseRequest(w http.ResponseWriter, r *http.Request, e *openapi3filter.RequestError) {
	var tooLarge *http.MaxBytesError
	var schema *openapi3.SchemaError
	switch {
	case errors.As(e, &tooLarge):
		s.Refusals.Write(w, r, e)
	case e.RequestBody != nil && r.ContentLength == 0:
		s.Refusals.Write(w, r, errs.New(errs.Invalid, "The body is missing"))
	case e.RequestBody != nil && !isJSON(r):
		edge.Answer(w, r, http.StatusUnsupportedMediaType, edge.Refusal{
			Message: "The body must be JSON, and Content-Type must say so", Code: "unsupported_media_type",
		})
	case errors.As(e, &schema):
		field := strings.Join(schema.JSONPointer(), ".")
		if e.Parameter != nil {
			field = e.Parameter.Name
		}
		s.Refusals.Write(w, r, &errs.Error{Code: errs.Invalid, Field: field, Message: reason(field, schema.Reason)})
	case e.Parameter != nil:
		s.Refusals.Write(w, r, errs.Field(e.Parameter.Name, "%s is invalid", e.Parameter.Name))
	default:
		s.Refusals.Write(w, r, errs.New(errs.Invalid, "The body is not valid JSON"))
	}
}

// refuseUnread answers what the generated code could not read although the validator let it pass.
func (s *server) refuseUnread(w http.ResponseWriter, r *http.Request, err error) {
	var format *gen.InvalidParamFormatError
	var missing *gen.RequiredParamError
	switch {
	case errors.As(err, &format):
		err = errs.Field(format.ParamName, "%s is invalid", format.ParamName)
	case errors.As(err, &missing):
		err = errs.Field(missing.ParamName, "%s is required", missing.ParamName)
	default:
		err = errs.New(errs.Invalid, "The request could not be read")
	}
	s.Refusals.Write(w, r, err)
}

// reason is the validator's sentence about a value, which names the rule and not the value.
func reason(field, text string) string {
	switch {
	case strings.HasSuffix(text, "is unsupported"):
		return "The body has a property that does not belong there"
	case strings.HasPrefix(text, "property "), field == "":
		return text
	}
	return field + ": " + text
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}
