package config

import (
	"fmt"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"strings"
)

// Print writes the settings in force as an environment file, with their help, secrets left out.
func (c Config) Print(w io.Writer) error {
	v := reflect.ValueOf(c)
	for i, field := range reflect.VisibleFields(v.Type()) {
		help := strings.ReplaceAll(field.Tag.Get("help"), "${enum}", strings.ReplaceAll(field.Tag.Get("enum"), ",", ", "))
		if _, err := fmt.Fprintf(w, "# %s\n%s=%s\n\n", help, field.Tag.Get("env"), shown(field.Name, v.Field(i).String())); err != nil {
			return fmt.Errorf("print the settings: %w", err)
		}
	}
	return nil
}

var dsnPassword = regexp.MustCompile(`(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)`)

func shown(field, value string) string {
	if value == "" {
		return ""
	}
	switch field {
	case "SealKey":
		return "(set)"
	case "DatabaseURL", "DatabaseOwnerURL", "NATSURL", "BlobURL":
		u, err := url.Parse(value)
		if err != nil || u.Scheme == "" { // a keyword=value string, or nothing at all
			return dsnPassword.ReplaceAllString(value, "${1}xxxxx")
		}
		if u.User != nil && u.User.Username() != "" && field == "NATSURL" {
			if _, has := u.User.Password(); !has { // nats://token@host
				u.User = url.User("xxxxx")
			}
		}
		query := u.Query()
		for key := range query {
			if strings.Contains(strings.ToLower(key), "password") {
				query.Set(key, "xxxxx")
			}
		}
		u.RawQuery = query.Encode()
		return u.Redacted()
	}
	return value
}

func envOf(field string) string {
	f, _ := reflect.TypeFor[Config]().FieldByName(field)
	return f.Tag.Get("env")
}
