package edge

import "strings"

// Cells keeps a spreadsheet from taking a text for a formula (reference E1, 5.3.10): whoever names themselves "=HYPERLINK(…)"
// stays a name.
func Cells(cells ...string) []string {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return cells
}
