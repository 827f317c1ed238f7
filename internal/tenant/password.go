package tenant

import (
	"strings"
	"unicode/utf8"

	"sidetone/internal/errs"
)

const (
	shortestPassword = 8
	longestPassword  = 1000
)

// checkPassword refuses what everybody tries first (reference E2). There are no other rules: they make passwords worse.
func checkPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < shortestPassword || n > longestPassword:
		return errs.Field("password", "a password has %d to %d characters", shortestPassword, longestPassword)
	case common(password):
		return errs.Field("password", "this password is among the first that are tried; choose another")
	}
	return nil
}

// common tells the passwords that head the lists of leaked ones, with the endings that people add, and rows of one or two signs.
func common(password string) bool {
	p := strings.ToLower(password)
	if few(p) {
		return true
	}
	for _, base := range strings.Fields(commonest) {
		if rest, ok := strings.CutPrefix(p, base); ok && len(rest) <= 6 && strings.Trim(rest, "0123456789!?.@#$*") == "" {
			return true
		}
	}
	return false
}

// few: at most two different signs.
func few(p string) bool {
	seen := map[rune]bool{}
	for _, r := range p {
		seen[r] = true
	}
	return len(seen) <= 2
}

const commonest = `1234567 12345678 123456789 1234567890 0123456789 01234567 87654321 987654321 9876543210 0987654321 123123123 112233445566
	11223344 12341234 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 zaq12wsx q1w2e3r4 qwer1234 qwerty qwertyui qwertyuiop qwertz qwertzui
	azerty azertyui asdfghjk asdfghjkl asdf1234 zxcvbnm abcdefgh abcdefghi abcd1234 abc12345 a1b2c3d4 aa123456 a1234567 aa12345678
	password passw0rd p@ssword p@ssw0rd pa$$word pa$$w0rd passwort contrasena contraseña kennwort motdepasse senha123 letmein iloveyou
	welcome willkommen bienvenido bienvenue changeme secret default administrator admin admin123 admin1234 adminadmin root toor guest test
	testtest test1234 temporary temp1234 sunshine princess football baseball basketball superman batman dragon monkey shadow master
	michael jennifer charlie jordan23 trustno1 starwars pokemon computer internet whatever freedom liverpool chelsea arsenal samsung
	google facebook linkedin microsoft summer winter spring autumn january february september october november december monday friday
	company corporate business support service callcenter contact sidetone`
