package usecase

import (
	"regexp"
	"unicode/utf8"
)

var (
	userName = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)
	email    = regexp.MustCompile(`^[a-zA-Z0-9_.+-]+@([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}$`)
)

// maxPassword bounds the work of hashing.
const maxPassword = 128

// checkUser refuses a new user's wrong values, by value as clients know it;
// a password is named instead of repeated.
func checkUser(in UserInput) error {
	switch {
	case !validUserName(in.Name):
		return invalid("userName", in.Name)
	case !validPassword(in.Password):
		return invalid("userPassword", "userPassword")
	case !validEmail(in.Email):
		return invalid("email", in.Email)
	case !validPhone(in.Phone):
		return invalid("phone", in.Phone)
	}
	return nil
}

// checkUserChange is checkUser for what an update gives.
func checkUserChange(in UserInput) error {
	switch {
	case in.Name != "" && !validUserName(in.Name):
		return invalid("userName", in.Name)
	case in.Password != "" && !validPassword(in.Password):
		return invalid("userPassword", "userPassword")
	case in.Email != "" && !validEmail(in.Email):
		return invalid("email", in.Email)
	case !validPhone(in.Phone):
		return invalid("phone", in.Phone)
	}
	return nil
}

func validUserName(s string) bool {
	return len(s) >= 3 && len(s) <= 39 && userName.MatchString(s)
}

func validPassword(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 2 && n <= maxPassword
}

func validEmail(s string) bool {
	return len(s) > 5 && len(s) <= 40 && email.MatchString(s)
}

func validPhone(s string) bool { return s == "" || utf8.RuneCountInString(s) == 11 }
