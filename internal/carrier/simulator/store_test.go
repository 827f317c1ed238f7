package simulator

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTheShelfAgreesWithAPlainList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.IntRange(1, 9).Draw(t, "keep")
		s := newStore(keep)
		shelves := []*shelf{s.newShelf(), s.newShelf()}
		lists := make([][]text, 2)
		people := []string{"ann", "bob", "cy"}
		for range rapid.IntRange(0, 60).Draw(t, "texts") {
			i := rapid.IntRange(0, 1).Draw(t, "shelf")
			who := rapid.SampledFrom(people).Draw(t, "who")
			one := text{from: "us", to: who}
			if rapid.Bool().Draw(t, "inbound") {
				one = text{inbound: true, from: who, to: "us"}
			}
			one.seq, _ = s.add(shelves[i], one)
			lists[i] = append(lists[i], one)
		}
		after := rapid.Int64Range(0, 61).Draw(t, "after")
		upTo := rapid.Int64Range(0, 61).Draw(t, "up to")
		for i, sh := range shelves {
			kept := lists[i][max(len(lists[i])-keep, 0):]
			require.LessOrEqual(t, len(sh.last), len(people))
			for _, who := range append(people, "") {
				var want, got []int64
				for _, one := range kept {
					if one.seq > after && one.seq <= upTo && (who == "" || one.consumer() == who) {
						want = append(want, one.seq)
					}
				}
				for _, one := range s.between(sh, who, after, upTo, func(*text) bool { return true }) {
					got = append(got, one.seq)
				}
				require.Equal(t, want, got)
			}
			for _, one := range lists[i] {
				_, found := s.get(sh, one.seq)
				require.Equal(t, one.seq >= kept[0].seq, found)
			}
			for who, place := range sh.last {
				require.NotNil(t, s.at(sh, place), "%s is remembered without a text", who)
			}
		}
	})
}

func TestAStatusOnTheBooksNeverGoesBack(t *testing.T) {
	s := newStore(2)
	sh := s.newShelf()
	seq, place := s.add(sh, text{to: ann})
	s.move(sh, place, seq, delivered, "")
	s.move(sh, place, seq, sent, "")
	got, _ := s.get(sh, seq)
	require.Equal(t, delivered, got.status)
	s.add(sh, text{to: bob})
	third, _ := s.add(sh, text{to: bob}) // takes the first one's slot
	s.move(sh, place, seq, delivered, "")
	got, _ = s.get(sh, third)
	require.Equal(t, queued, got.status, "a receipt for a forgotten text touches no other")
}

func TestIDsCarryTheirNumberAndBelongToOneRun(t *testing.T) {
	s := newStore(1)
	for _, seq := range []int64{1, 255, 1 << 40} {
		id := s.sid(&text{seq: seq})
		n, ok := s.number(id)
		require.True(t, ok)
		require.Equal(t, seq, n)
		_, ok = newStore(1).number(id)
		require.False(t, ok)
	}
	for _, bad := range []string{"", "SM", "XX" + fmt.Sprintf("%032d", 1), s.sid(&text{seq: 1})[:33] + "g"} {
		_, ok := s.number(bad)
		require.False(t, ok, bad)
	}
}
