// Package errs holds the one error shape that crosses floors: a code for the caller, a sentence for the person
// and a chain for the operator.
package errs

import (
	"errors"
	"fmt"
)

// Code is a stable word a program can switch on. It becomes an HTTP status or a socket error in one place at the edge.
type Code string

// The codes. Socket codes are those of spec 1.8.
const (
	Invalid      Code = "invalid_request"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	NotFound     Code = "not_found"
	Conflict     Code = "conflict"
	TooLarge     Code = "too_large"
	TooMany      Code = "rate_limited"
	Unavailable  Code = "unavailable"
	Internal     Code = "internal"
	PasswordDue  Code = "password_due"  // a temporary password is changed before anything else
	ProviderOnly Code = "provider_only" // a password is right, but the tenant's provider is the way in

	AlreadyTaken Code = "already_taken"
	NotOwner     Code = "not_owner"
	ChatEnded    Code = "chat_ended"
	OptedOut     Code = "opted_out"
	OfferGone    Code = "offer_gone"
	AtLimit      Code = "at_limit"
	TooLong      Code = "too_long"
	UnknownType  Code = "unknown_type"
)

// Error is an expected failure: bad input, a lost race, a missing row. New and Field make one, so that its sentence can be
// said in the reader's language.
type Error struct {
	Code    Code
	Message string // for the person, in English
	Field   string // the field at fault, if one is
	By      string // who has it, for AlreadyTaken
	Chat    int64  // the chat in the way, if the caller may know it
	Err     error  // for the operator; never shown

	says Text
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

func (e *Error) Unwrap() error { return e.Err }

// Says is the sentence, to be told within another.
func (e *Error) Says() *Text { return &e.says }

// In is the sentence in a language.
func (e *Error) In(lang Lang) string {
	if lang == English {
		return e.Message
	}
	return e.says.In(lang)
}

// New makes an expected failure.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), says: Text{format, args}}
}

// Field makes a refusal of one field of the input.
func Field(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf(format, args...), says: Text{format, args}}
}

// At names the field at fault.
func (e *Error) At(field string) *Error {
	e.Field = field
	return e
}

// Of names the chat in the way.
func (e *Error) Of(chat int64) *Error {
	e.Chat = chat
	return e
}

// Because keeps what the operator needs to know.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// As finds the refusal in an error.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// CodeOf returns the code of the first *Error in the chain, Internal if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
