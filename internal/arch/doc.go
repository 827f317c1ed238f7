// Package arch holds the test that keeps the house in shape: docs/architecture.md says what the floors are, and
// house_test.go says it to the machine. There is no code here but tests.
package arch
