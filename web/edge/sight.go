package edge

import (
	"sidetone/internal/phone"
	"sidetone/internal/tenant"
)

// Sight is how somebody sees consumers' numbers (spec 6, section 10). Every answer and every frame that names a consumer is made
// with the sight of whom it goes to. The zero value hides, so what is forgotten hides too.
type Sight struct{ whole bool }

// SightOf is the sight of a user of a tenant with these settings.
func SightOf(u tenant.User, s tenant.Settings) Sight { return Sight{whole: u.SeesNumbers(s)} }

// Whole is the sight of whoever supervises.
func Whole() Sight { return Sight{whole: true} }

// Masked tells whether numbers are hidden.
func (s Sight) Masked() bool { return !s.whole }

// Number is a consumer's number as it is seen: whole, or its country code, dots and the last four digits.
func (s Sight) Number(address string) string {
	if s.whole {
		return address
	}
	return phone.Number(address).Mask()
}
