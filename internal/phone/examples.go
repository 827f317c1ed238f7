package phone

import "fmt"

// exampleAreas are area codes of large cities. In each, 555-0100 to 555-0199 is set aside for fiction (ATIS-0300115)
// and never assigned, yet valid by phonenumbers, which the demo's numbers must be.
var exampleAreas = [...]int{
	415, 212, 312, 206, 303, 512, 617, 702, 305, 404, 213, 214, 215, 216, 313, 314, 316, 317, 402, 405, 408, 412, 414, 501,
	502, 503, 504, 505, 515, 602, 612, 615, 619, 713, 714, 716, 801, 803, 804, 808, 813, 816, 817, 901, 904, 907, 913, 916,
	918, 919,
}

// MaxExamples is how many examples there are.
const MaxExamples = len(exampleAreas) * 100

// Examples returns n valid US numbers that belong to nobody, always the same ones, for the demo, the bench and tests.
// The last four digits of the first hundred differ, so that they can be told apart masked. There are MaxExamples.
func Examples(n int) []E164 {
	out := make([]E164, 0, min(n, MaxExamples))
	for i := range min(n, MaxExamples) {
		out = append(out, E164(fmt.Sprintf("+1%d5550%d", exampleAreas[i/100], 100+i%100)))
	}
	return out
}
