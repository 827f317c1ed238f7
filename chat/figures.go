package chat

import (
	"time"

	"sidetone/internal/id"
)

// Figures are what an agent did in a period (spec 5.3, the adapter's figures). A chat counts in the period in which the
// agent took it. Means are zero where there is nothing to take a mean of.
type Figures struct {
	Agent         id.User
	Name          string
	Chats         int           // that they answered
	Handled       int           // times they took one and were done with it
	Handling      time.Duration // from taking it until it left them: the mean
	FirstResponse time.Duration // from taking it until their first text: the mean
	Messages      int           // they sent
	Missed        int           // offers they let run out
	Declined      int
}

// sums is what the rows of an agent add up to.
type sums struct {
	Figures
	handling, response time.Duration
	replied            int
}

// figures takes the means.
func (s sums) figures() Figures {
	f := s.Figures
	f.Handling, f.FirstResponse = mean(s.handling, s.Handled), mean(s.response, s.replied)
	return f
}

// average is what stands beside an agent's own figures: the mean agent of those who answered a chat at all. Means of time
// are over all chats, so that who took many counts for more.
func average(team []sums) (avg Figures, agents int) {
	var all sums
	for _, s := range team {
		if s.Chats == 0 {
			continue
		}
		agents++
		all.Chats, all.Handled, all.replied = all.Chats+s.Chats, all.Handled+s.Handled, all.replied+s.replied
		all.handling, all.response = all.handling+s.handling, all.response+s.response
		all.Messages, all.Missed, all.Declined = all.Messages+s.Messages, all.Missed+s.Missed, all.Declined+s.Declined
	}
	avg = all.figures()
	for _, n := range []*int{&avg.Chats, &avg.Handled, &avg.Messages, &avg.Missed, &avg.Declined} {
		*n = rounded(*n, agents)
	}
	return avg, agents
}

func mean(sum time.Duration, n int) time.Duration {
	if n == 0 {
		return 0
	}
	return (sum / time.Duration(n)).Round(time.Millisecond)
}

func rounded(sum, n int) int {
	if n == 0 {
		return 0
	}
	return (2*sum + n) / (2 * n)
}

// Day is the day that a moment belongs to in a zone. It has 23 to 25 hours.
func Day(at time.Time, zone *time.Location) (begins, ends time.Time) {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}
