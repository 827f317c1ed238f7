package edge

import (
	"encoding/csv"
	"fmt"
	"iter"
	"net/http"
	"strings"
)

// Cells keeps a spreadsheet from taking a text for a formula (reference E1, 5.3.10): whoever names themselves "=HYPERLINK(…)"
// stays a name. Uncell takes it back.
func Cells(cells ...string) []string {
	for i, c := range cells {
		if formula(c) {
			cells[i] = "'" + c
		}
	}
	return cells
}

// Uncell is the text of a cell as it was before Cells.
func Uncell(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(cell) {
		return cell[1:]
	}
	return cell
}

// formula tells a text that a spreadsheet calculates, or that Cells has guarded: quotes in front do not count.
func formula(c string) bool {
	for _, r := range strings.TrimLeft(c, "'") {
		return strings.ContainsRune("=+-@\t\r\n＝＋－＠", r)
	}
	return false
}

// CSV is a file of any size: its lines are made while they are sent. What fails before the first is refused as usual; an
// error later breaks the connection off, so that nobody takes a part for the whole.
type CSV struct {
	Name   string // of the file, plain letters
	Header []string
	Lines  iter.Seq2[[]string, error]
}

// Pages are the lines of a file that is read in pages, so that a slow reader holds no connection to the database. next reads
// one page and says whether more may follow.
func Pages(next func() (lines [][]string, more bool, err error)) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for more := true; more; {
			var lines [][]string
			var err error
			if lines, more, err = next(); err != nil {
				yield(nil, err)
				return
			}
			for _, l := range lines {
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// WriteTo answers with the file.
func (f CSV) WriteTo(w http.ResponseWriter) error {
	out := csv.NewWriter(w)
	begun := false
	begin := func() error {
		begun = true
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.Name))
		w.WriteHeader(http.StatusOK)
		return out.Write(f.Header)
	}
	for cells, err := range f.Lines {
		if err != nil && !begun {
			return err
		}
		if err == nil && !begun {
			err = begin()
		}
		if err == nil {
			err = out.Write(Cells(cells...))
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if !begun {
		if err := begin(); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if out.Flush(); out.Error() != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
