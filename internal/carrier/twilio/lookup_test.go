package twilio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sidetone/internal/carrier/wire"
)

func entry(sid, status, direction string, at time.Time) map[string]any {
	return map[string]any{"sid": sid, "body": "b", "status": status, "direction": direction, "date_created": at.Format(time.RFC1123Z), "error_code": nil}
}

func TestALookUpFollowsItsPagesUntilTheyAreTooOld(t *testing.T) {
	pages := 0
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "+14155550101 +18885550100", r.URL.Query().Get("To")+" "+r.URL.Query().Get("From"))
		page := pages
		pages++
		at := noon.Add(-time.Duration(page) * time.Minute)
		failed := entry("SM-failed", "failed", "outbound-api", at)
		failed["error_code"] = 30007
		require.NoError(t, json.NewEncoder(w).Encode(map[string]any{
			"messages":      []any{entry(fmt.Sprintf("SM%d", page), "delivered", "outbound-api", at), failed, entry("MM", "received", "inbound", at)},
			"next_page_uri": fmt.Sprintf("/2010-04-01/Accounts/AC1/Messages.json?To=%%2B14155550101&From=%%2B18885550100&Page=%d", pages),
		}))
	})
	found, err := c.Lookup(t.Context(), "+14155550101", "+18885550100", noon.Add(-time.Minute+300*time.Millisecond))
	require.NoError(t, err)
	require.Equal(t, 3, pages)
	require.Len(t, found, 4)
	require.Equal(t, "SM0", found[0].ProviderID)
	require.Equal(t, wire.Delivered, found[0].Status)
	require.Equal(t, "30007", found[1].ErrorCode)
	require.True(t, found[2].CreatedAt.Equal(noon.Add(-time.Minute)), "the second in which the time falls counts")
}

func TestALookUpDoesNotTakeTheCredentialsToAnotherHost(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, json.NewEncoder(w).Encode(map[string]any{
			"messages":      []any{entry("SM1", "sent", "outbound-api", noon)},
			"next_page_uri": "http://evil.example/2010-04-01/Accounts/AC1/Messages.json",
		}))
	})
	_, err := c.Lookup(t.Context(), "+14155550101", "+18885550100", noon)
	require.ErrorContains(t, err, "another host")
}

func TestALookUpThatFailsSaysSo(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	_, err := c.Lookup(t.Context(), "+1", "+2", noon)
	requireSendError(t, err, wire.Config)
	_, err = c.OwnsNumber(t.Context(), "+1")
	requireSendError(t, err, wire.Config)
}

func TestANumberIsOwnedOnlyWhenItIsExactlyListed(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json", r.URL.Path)
		_, _ = w.Write([]byte(`{"incoming_phone_numbers":[{"sid":"PN1","phone_number":"+18885550100","capabilities":{"SMS":true,"MMS":false,"voice":true}}]}`))
	})
	got, err := c.OwnsNumber(t.Context(), "+18885550100")
	require.NoError(t, err)
	require.Equal(t, Ownership{Owned: true, ProviderID: "PN1", SMS: true, Voice: true}, got)
	got, err = c.OwnsNumber(t.Context(), "+1888555010")
	require.NoError(t, err)
	require.False(t, got.Owned)
}

func TestAShortCodeIsOwnedOnlyWhenItIsExactlyListed(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/2010-04-01/Accounts/AC1/SMS/ShortCodes.json", r.URL.Path)
		_, _ = w.Write([]byte(`{"short_codes":[{"sid":"SC1","short_code":"72345"}]}`))
	})
	got, err := c.Owns(t.Context(), "72345")
	require.NoError(t, err)
	require.Equal(t, Ownership{Owned: true, ProviderID: "SC1", SMS: true}, got)
	got, err = c.Owns(t.Context(), "7234")
	require.NoError(t, err)
	require.False(t, got.Owned)
}
