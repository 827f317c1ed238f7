package carrier

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"sidetone/internal/errs"
	"sidetone/internal/phone"
)

const (
	// MostConsents is how many lines one import of the do-not-contact list may have.
	MostConsents = 20_000
	mostFaults   = 100
)

// FileFault is what is wrong with a line of a file.
type FileFault struct {
	Line   int
	Column *errs.Text
	Says   *errs.Text
}

// ColumnNamed is where a fault is: a column as its file calls it, or "line", all of the line.
func ColumnNamed(name string) *errs.Text {
	if name == "line" {
		return errs.Say("line")
	}
	return errs.Say("%s", name)
}

// NotCSV says why a line can't be read.
func NotCSV(bad *csv.ParseError) *errs.Text {
	return errs.Say("this is not CSV at character %d: %s", bad.Column, quoting(bad))
}

// quoting is what is wrong with a line's quotes; nothing else makes a line unreadable.
func quoting(bad *csv.ParseError) *errs.Text {
	if errors.Is(bad.Err, csv.ErrBareQuote) {
		return errs.Say("bare \" in non-quoted field")
	}
	return errs.Say("extraneous or missing \" in quoted-field")
}

// FileConsent is a line of a file that puts a number on the do-not-contact list.
type FileConsent struct {
	Line    int
	Address string
	Reason  string
}

// ReadConsents reads a file of numbers and reasons, all of it or none: whatever is wrong is named by its line, 100 faults at
// most. The first line may be titles; columns beside the first two are not read, so that an export can be read again.
func ReadConsents(file string) (out []FileConsent, faults []FileFault) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff")))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	fault := func(line int, column string, says error) {
		faults = append(faults, FileFault{line, ColumnNamed(column), errs.Say("%s", says)})
	}
	for n := 0; len(faults) < mostFaults; n++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			fault(bad.Line, "line", NotCSV(bad))
			return nil, faults
		}
		if err != nil {
			fault(1, "line", errs.Say("the file can't be read"))
			return nil, faults
		}
		line, _ := r.FieldPos(0)
		if n == 0 && isTitle(record[0]) {
			continue
		}
		if len(out) == MostConsents {
			fault(line, "line", errs.Say("a file may have %d numbers", MostConsents))
			break
		}
		c := FileConsent{Line: line}
		if e, err := parseListed(unquoteCell(record[0])); err != nil {
			fault(line, "address", err)
		} else {
			c.Address = string(e)
		}
		if len(record) > 1 {
			if c.Reason, err = checkReason(unquoteCell(record[1])); err != nil {
				fault(line, "reason", err)
			}
		}
		out = append(out, c)
	}
	if len(out) == 0 && len(faults) == 0 {
		fault(1, "line", errs.Say("the file names no number"))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// parseListed reads a number for the do-not-contact list. It must have its country code: nobody is silenced by a guess.
func parseListed(raw string) (phone.E164, error) {
	raw = strings.TrimSpace(raw)
	if raw != "" && !strings.HasPrefix(raw, "+") {
		return "", errs.Say("a number needs its country code, like +1 415 555 0142")
	}
	return phone.Parse(raw, "")
}

// ListedByHand checks what a person enters to put a number on the do-not-contact list.
func ListedByHand(address, reason string) (FileConsent, error) {
	e, err := parseListed(address)
	if err != nil {
		return FileConsent{}, errs.Field("address", "%s", err)
	}
	if reason, err = GivenReason(reason); err != nil {
		return FileConsent{}, err
	}
	return FileConsent{Address: string(e), Reason: reason}, nil
}

// GivenReason checks why a person changes somebody's consent; without a reason it is not changed.
func GivenReason(raw string) (string, error) {
	reason, err := checkReason(raw)
	if err != nil {
		return "", errs.Field("reason", "%s", err)
	}
	if reason == "" {
		return "", errs.Field("reason", "say why: the reason is kept in the consent ledger")
	}
	return reason, nil
}
