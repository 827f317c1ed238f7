// Package phone reads, checks and shows phone numbers.
//
// A consumer's number is an E164; what texts are sent from is a Number, an E164 or a short code. Both print masked in
// logs, since a number is personal data (spec 1.1). Never put one into an error or a format string.
package phone

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"sidetone/internal/errs"
)

// Refusals, in words for the person. They never hold the number.
var (
	ErrEmpty   = errs.Say("a phone number is missing")
	ErrLetters = errs.Say("a phone number has no letters and no extension")
	ErrInvalid = errs.Say("this is not a valid phone number; write it with its country code, like +1 415 555 0142")
	ErrSender  = errs.Say("this is neither a valid phone number nor a short code of 3 to 8 digits")
)

// E164 is a valid number in the form +14155550142 (ITU-T E.164).
type E164 string

// Number is what a text is sent from: an E164 or a short code.
type Number string

// Parse reads a number as people and programs write it. A number without a country code belongs to the region
// (ISO 3166, "US" if empty). Only numbers that can exist there are accepted.
func Parse(raw, defaultRegion string) (E164, error) {
	e, _, err := ParseWithRegion(raw, defaultRegion)
	return e, err
}

// ParseWithRegion is Parse, with what E164.Region says of the number: to find that out is half of the work.
func ParseWithRegion(raw, defaultRegion string) (e E164, region string, err error) {
	s := strings.TrimSpace(raw)
	if len(s) >= 4 && strings.EqualFold(s[:4], "tel:") {
		s = strings.TrimSpace(s[4:])
	}
	if s == "" {
		return "", "", ErrEmpty
	}
	if strings.ContainsFunc(s, unicode.IsLetter) || strings.ContainsAny(s, "#;=") {
		return "", "", ErrLetters
	}
	if defaultRegion == "" {
		defaultRegion = "US"
	}
	n, ok := american(s)
	if !ok {
		n, err = phonenumbers.Parse(s, defaultRegion)
	}
	if err != nil || n.GetExtension() != "" {
		return "", "", ErrInvalid
	}
	// This is phonenumbers.IsValidNumber, whose first half is the region.
	if region = phonenumbers.GetRegionCodeForNumber(n); !phonenumbers.IsValidNumberForRegion(n, region) {
		return "", "", ErrInvalid
	}
	return E164(phonenumbers.Format(n, phonenumbers.E164)), region, nil
}

// american reads the plain form of a number of the North American plan, most of what programs write, without the patterns by
// which all other forms are read.
func american(s string) (*phonenumbers.PhoneNumber, bool) {
	if len(s) != 12 || s[:2] != "+1" || s[2] < '2' || !digits(s[2:]) {
		return nil, false
	}
	national, err := strconv.ParseUint(s[2:], 10, 64)
	return &phonenumbers.PhoneNumber{CountryCode: new(int32(1)), NationalNumber: &national}, err == nil
}

// ParseSender reads what a text may be sent from: a short code, or a number as Parse reads it.
func ParseSender(raw, defaultRegion string) (Number, error) {
	if s := strings.TrimSpace(raw); shortCode(s) {
		return Number(s), nil
	}
	n, err := Parse(raw, defaultRegion)
	if errors.Is(err, ErrInvalid) {
		return "", ErrSender
	}
	return Number(n), err
}

// FromCarrier takes a number that a carrier wrote in E.164, without asking whether it is assigned: a carrier knows
// better, and this stands in the path of every inbound text.
func FromCarrier(s string) (E164, bool) {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' || s[1] == '0' || !digits(s[1:]) {
		return "", false
	}
	return E164(s), true
}

// shortCode: 5 or 6 digits in the US, 3 to 8 in the world.
func shortCode(s string) bool { return len(s) >= 3 && len(s) <= 8 && digits(s) }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Region is the ISO 3166 code of the number's country; empty if it has none (+800) or is not valid.
func (e E164) Region() string {
	n, ok := american(string(e))
	if !ok {
		var err error
		if n, err = phonenumbers.Parse(string(e), ""); err != nil {
			return ""
		}
	}
	return phonenumbers.GetRegionCodeForNumber(n)
}

// IsUS reports a +1 number of the United States, its territories included, toll-free too. Canada is not it.
func (e E164) IsUS() bool {
	if !strings.HasPrefix(string(e), "+1") {
		return false
	}
	return InUS(e.Region())
}

// InUS says of a Region whether it is of the United States.
func InUS(region string) bool {
	switch region {
	case "US", "PR", "VI", "GU", "AS", "MP":
		return true
	}
	return false
}

// CountryCode is "1" for +1…; empty if the number is not valid.
func (e E164) CountryCode() string {
	n, err := phonenumbers.Parse(string(e), "")
	if err != nil {
		return ""
	}
	return strconv.Itoa(int(n.GetCountryCode()))
}

// Display shows the number to those who may see it: +1 (415) 555-0142, elsewhere the international form.
func (e E164) Display() string {
	n, err := phonenumbers.Parse(string(e), "")
	if err != nil {
		return string(e)
	}
	if n.GetCountryCode() == 1 {
		return "+1 " + phonenumbers.Format(n, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}

// Mask shows the country code and the last four digits: +1 ••• ••• 0142.
func (e E164) Mask() string {
	code := e.CountryCode()
	if code == "" || len(e) < 1+len(code)+7 {
		return "•••"
	}
	return "+" + code + " ••• ••• " + string(e[len(e)-4:])
}

// LogValue masks the number in logs.
func (e E164) LogValue() slog.Value { return slog.StringValue(e.Mask()) }

// IsShort reports a short code.
func (n Number) IsShort() bool { return shortCode(string(n)) }

// E164 returns the number, false for a short code.
func (n Number) E164() (E164, bool) {
	if !strings.HasPrefix(string(n), "+") {
		return "", false
	}
	return E164(n), true
}

// IsUS is E164.IsUS; a short code is not it, since it does not say its country.
func (n Number) IsUS() bool {
	e, ok := n.E164()
	return ok && e.IsUS()
}

// Region is E164.Region; empty for a short code.
func (n Number) Region() string {
	e, _ := n.E164()
	return e.Region()
}

// Display is E164.Display; a short code stays as it is.
func (n Number) Display() string {
	if e, ok := n.E164(); ok {
		return e.Display()
	}
	return string(n)
}

// Mask is E164.Mask; a short code names a business, nobody, and is shown.
func (n Number) Mask() string {
	if e, ok := n.E164(); ok {
		return e.Mask()
	}
	if n.IsShort() {
		return string(n)
	}
	return "•••"
}

// LogValue masks the number in logs.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Mask()) }
