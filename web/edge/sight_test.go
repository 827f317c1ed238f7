package edge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sidetone/internal/tenant"
	"sidetone/web/edge"
)

func TestNumbersAreHiddenFromWhoeverIsAnAgentAndNothingElse(t *testing.T) {
	t.Parallel()
	hides := tenant.NewBook("Fernhill", []tenant.Stored{{Key: string(tenant.MaskForAgents), Value: []byte("true")}}).Tenant()
	shows := tenant.NewBook("Fernhill", nil).Tenant()
	for _, c := range []struct {
		roles  []tenant.Role
		masked bool
	}{
		{[]tenant.Role{tenant.RoleAgent}, true},
		{nil, true},
		{[]tenant.Role{tenant.RoleManager}, false},
		{[]tenant.Role{tenant.RoleAdmin}, false},
		{[]tenant.Role{tenant.RoleDeveloper}, false},
		{[]tenant.Role{tenant.RoleAgent, tenant.RoleManager}, false},
		{[]tenant.Role{tenant.RoleAgent, tenant.RoleDeveloper}, false},
	} {
		u := tenant.User{Roles: c.roles}
		require.Equal(t, c.masked, edge.SightOf(u, hides).Masked(), "%v", c.roles)
		require.False(t, edge.SightOf(u, shows).Masked(), "%v, the setting off", c.roles)
	}
	const number = "+14155550142"
	require.Equal(t, number, edge.SightOf(tenant.User{Roles: []tenant.Role{tenant.RoleAgent}}, shows).Number(number))
	require.Equal(t, number, edge.Whole().Number(number))
	require.Equal(t, "+1 ••• ••• 0142", edge.SightOf(tenant.User{Roles: []tenant.Role{tenant.RoleAgent}}, hides).Number(number))
	var forgotten edge.Sight
	require.True(t, forgotten.Masked())
	require.Equal(t, "+1 ••• ••• 0142", forgotten.Number(number))
	require.Equal(t, "72345", forgotten.Number("72345"), "a short code names a business")
}
