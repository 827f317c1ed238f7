package tenant

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"sidetone/internal/id"
)

// Channels of queues (spec 1.4).
const (
	channelSMS = "sms"
	channelIVR = "ivr"
)

// Knows says whether queues of a channel know a setting: texts and the timers of chats are for sms alone, what calls are
// told and when is for ivr alone (spec 3).
func (s Setting) Knows(channel string) bool {
	switch {
	case s.Kind == KindText, smsOnly[s.Key]:
		return channel == channelSMS
	case strings.HasPrefix(s.Key, "wait_time_"), strings.HasPrefix(s.Key, "deflection_"), strings.HasPrefix(s.Key, "in_call_"), strings.HasPrefix(s.Key, "ivr_"):
		return channel == channelIVR
	}
	return true
}

var smsOnly = map[string]bool{
	string(SelectingTimeout): true, string(UnansweredInHours): true, string(UnansweredAfterHours): true, string(OutboundTimeout): true,
	string(ChatTimeout): true, string(Dismissal): true, string(DismissalAutomatic): true, string(ResponseTarget): true,
	string(PreferredAgent): true, string(WaitTarget): true,
}

// CopySettings gives copies of queues what was set for the queues themselves, as far as both channels know it.
func CopySettings(ctx context.Context, tx pgx.Tx, tenant id.Tenant, became map[id.Queue]id.Queue, from, to string, by id.User) error {
	rows, err := sql.ListSettings(ctx, tx, tenant)
	if err != nil {
		return fmt.Errorf("read the settings of tenant %d: %w", tenant, err)
	}
	for _, r := range rows {
		copied := became[r.QueueID]
		s, ok := Find(r.Key)
		if copied == 0 || !ok || !s.Knows(from) || !s.Knows(to) {
			continue
		}
		saved := SaveSettingParams{TenantID: tenant, QueueID: copied, Key: r.Key, Value: r.Value}
		if by != 0 {
			saved.ChangedBy = &by
		}
		if err := sql.SaveSetting(ctx, tx, saved); err != nil {
			return fmt.Errorf("copy the setting %s: %w", r.Key, err)
		}
	}
	return nil
}
