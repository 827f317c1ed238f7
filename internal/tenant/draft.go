package tenant

import (
	"encoding/json"

	"sidetone/internal/id"
)

// Draft is the book as it would be with settings of a queue that are not saved, checked as Save checks them; a nil value is
// a setting that is inherited again. It is for previews.
func (b Book) Draft(queue id.Queue, values map[string]json.RawMessage) (Book, error) {
	after, changes, err := b.with(queue, values)
	if err != nil {
		return b, err
	}
	changed := make(map[string]bool, len(changes))
	for _, c := range changes {
		changed[c.setting.Key] = true
	}
	if err := after.checkTexts(queue, changed); err != nil {
		return b, err
	}
	return after, nil
}
