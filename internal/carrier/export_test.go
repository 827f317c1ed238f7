package carrier

// Kill ends a node as a crash does: nothing is recorded, no lease is given back.
func (s *Lanes) Kill() {
	s.kill()
	s.work.Wait()
}

// Renew extends the leases now.
func (s *Lanes) Renew() { s.renew() }

// ClaimTexts is the claim as lanes send it.
const ClaimTexts = claimTexts

// NumbersHealthSQL asks how numbers do.
const NumbersHealthSQL = numbersHealth
