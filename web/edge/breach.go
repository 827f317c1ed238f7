package edge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"sidetone/internal/errs"
)

// breach says which rule of a contract a value breaks, with the rule's bound. It never repeats the value.
func breach(field string, e *openapi3.SchemaError) *errs.Text {
	var at any = field
	if field == "" {
		at = errs.Say("the body")
	}
	s := e.Schema
	if s == nil {
		return errs.Say("%s is not what was expected", at)
	}
	switch e.SchemaField {
	case "required":
		return errs.Say("%s is missing", at)
	case "nullable":
		return errs.Say("%s must not be null", at)
	case "type":
		return errs.Say("%s must be %s", at, kind(s))
	case "enum":
		return errs.Say("%s must be one of %s", at, choices(s.Enum))
	case "pattern", "format":
		return errs.Say("%s does not have the form that is expected", at)
	case "minLength":
		if s.MinLength == 1 {
			return errs.Say("%s must not be empty", at)
		}
		return errs.Say("%s must have at least %d characters", at, s.MinLength)
	case "maxLength":
		return errs.Say("%s must have at most %d characters", at, *s.MaxLength)
	case "minItems":
		return errs.Say("%s must have at least %d entries", at, s.MinItems)
	case "maxItems":
		return errs.Say("%s must have at most %d entries", at, *s.MaxItems)
	case "uniqueItems":
		return errs.Say("%s has an entry twice", at)
	case "minProperties":
		return errs.Say("%s must have at least %d properties", at, s.MinProps)
	case "maxProperties":
		return errs.Say("%s must have at most %d properties", at, *s.MaxProps)
	}
	return numberBreach(at, e.SchemaField, s)
}

func numberBreach(at any, rule string, s *openapi3.Schema) *errs.Text {
	switch {
	case rule == "minimum" && s.Min != nil:
		return errs.Say("%s must be at least %s", at, plain(*s.Min))
	case rule == "maximum" && s.Max != nil:
		return errs.Say("%s must be at most %s", at, plain(*s.Max))
	case rule == "exclusiveMinimum" && s.Min != nil:
		return errs.Say("%s must be more than %s", at, plain(*s.Min))
	case rule == "exclusiveMaximum" && s.Max != nil:
		return errs.Say("%s must be less than %s", at, plain(*s.Max))
	}
	return errs.Say("%s is not what was expected", at)
}

// plain writes a bound as people do: 9007199254740991 and not 9e+15.
func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func choices(of []any) string {
	words := make([]string, len(of))
	for i, c := range of {
		words[i] = fmt.Sprint(c)
	}
	return strings.Join(words, ", ")
}

// kind is what a schema's values are called.
func kind(s *openapi3.Schema) *errs.Text {
	switch {
	case s.Type.Is(openapi3.TypeString):
		return errs.Say("a text")
	case s.Type.Is(openapi3.TypeInteger):
		return errs.Say("a whole number")
	case s.Type.Is(openapi3.TypeNumber):
		return errs.Say("a number")
	case s.Type.Is(openapi3.TypeBoolean):
		return errs.Say("true or false")
	case s.Type.Is(openapi3.TypeArray):
		return errs.Say("a list")
	}
	return errs.Say("an object")
}
