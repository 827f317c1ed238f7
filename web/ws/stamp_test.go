package ws

import (
	"encoding/json"
	"time"
)

// UnmarshalJSON reads what MarshalJSON wrote; only clients need it.
func (s *stamp) UnmarshalJSON(b []byte) error {
	var at time.Time
	err := json.Unmarshal(b, &at)
	*s = stamp(at)
	return err
}
