package main

import (
	"os"
	"strings"

	"github.com/lasso-rpc/lasso/web"
)

// adminVariable holds the token of operators, where no file does.
const adminVariable = "LASSO_ADMIN_TOKEN"

// adminToken reads what operators sign in with: out of the file or the
// variable. Empty: nobody may act. The error is a [usageError], and does not
// hold the token.
func (f *nodeFlags) adminToken(getenv func(string) string) (string, error) {
	name, token := adminVariable, strings.TrimSpace(getenv(adminVariable))
	switch {
	case f.AdminToken != "": // of the demonstration
		return f.AdminToken, nil
	case f.AdminTokenFile != "" && token != "":
		return "", usage("--admin-token-file: give either a file or %s, not both", adminVariable)
	case f.AdminTokenFile != "":
		data, err := os.ReadFile(f.AdminTokenFile)
		if err != nil {
			return "", usage("--admin-token-file: %v", err)
		}
		name = "--admin-token-file"
		if token = strings.TrimSpace(string(data)); token == "" {
			return "", usage("--admin-token-file: the file is empty")
		}
	}
	if n := len(token); n > 0 && (n < web.MinAdminToken || n > web.MaxAdminToken) || strings.ContainsAny(token, " \t\r\n") {
		return "", usage("%s: the token must be %d to %d bytes in one word, such as the output of: openssl rand -hex 32", name, web.MinAdminToken, web.MaxAdminToken)
	}
	return token, nil
}
