package console

import (
	"errors"
	"net/http"

	"sidetone/internal/errs"
	gen "sidetone/openapi/gen/console"
)

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
