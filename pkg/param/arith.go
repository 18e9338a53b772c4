package param

import "math"

// maxNumber bounds every number of an expression, so that no product
// overflows and no date leaves the calendar.
const maxNumber = 1 << 24

// maxNesting bounds parentheses and signs.
const maxNesting = 16

// evalInt evaluates an expression of + - * / and parentheses, cut to a whole
// number.
func evalInt(expr string) (int, bool) {
	r, ok := eval(expr)
	if !ok {
		return 0, false
	}
	return int(r.num / r.den), true
}

// evalMinutes evaluates an expression in days and gives whole minutes.
func evalMinutes(expr string) (int64, bool) {
	r, ok := eval(expr)
	if !ok {
		return 0, false
	}
	const day = 24 * 60
	return r.num * day / r.den, true
}

// ratio is an exact fraction; den is positive.
type ratio struct{ num, den int64 }

// arithmetic reads one expression. ok turns false at the first thing that is
// not understood, and stays so.
type arithmetic struct {
	text  string
	pos   int
	depth int
	ok    bool
}

func eval(expr string) (ratio, bool) {
	a := arithmetic{text: expr, ok: true}
	r := a.sum()
	a.skipSpace()
	return r, a.ok && a.pos == len(a.text)
}

func (a *arithmetic) fail() ratio {
	a.ok = false
	return ratio{0, 1}
}

func (a *arithmetic) skipSpace() {
	for a.pos < len(a.text) && a.text[a.pos] == ' ' {
		a.pos++
	}
}

// accept takes one of the given bytes if it comes next, else gives 0.
func (a *arithmetic) accept(any string) byte {
	a.skipSpace()
	if a.pos == len(a.text) {
		return 0
	}
	for i := range len(any) {
		if a.text[a.pos] == any[i] {
			a.pos++
			return any[i]
		}
	}
	return 0
}

func (a *arithmetic) sum() ratio {
	left := a.product()
	for a.ok {
		switch a.accept("+-") {
		case '+':
			right := a.product()
			left = a.reduce(left.num*right.den+right.num*left.den, left.den*right.den)
		case '-':
			right := a.product()
			left = a.reduce(left.num*right.den-right.num*left.den, left.den*right.den)
		default:
			return left
		}
	}
	return left
}

func (a *arithmetic) product() ratio {
	left := a.factor()
	for a.ok {
		switch a.accept("*/") {
		case '*':
			right := a.factor()
			left = a.reduce(left.num*right.num, left.den*right.den)
		case '/':
			right := a.factor()
			left = a.reduce(left.num*right.den, left.den*right.num)
		default:
			return left
		}
	}
	return left
}

func (a *arithmetic) factor() ratio {
	if a.depth++; a.depth > maxNesting {
		return a.fail()
	}
	defer func() { a.depth-- }()
	switch a.accept("+-(") {
	case '+':
		return a.factor()
	case '-':
		r := a.factor()
		return ratio{-r.num, r.den}
	case '(':
		r := a.sum()
		if a.accept(")") == 0 {
			return a.fail()
		}
		return r
	}
	return a.number()
}

func (a *arithmetic) number() ratio {
	a.skipSpace()
	start, n := a.pos, int64(0)
	for a.pos < len(a.text) && a.text[a.pos] >= '0' && a.text[a.pos] <= '9' {
		n = n*10 + int64(a.text[a.pos]-'0')
		if n > maxNumber {
			return a.fail()
		}
		a.pos++
	}
	if a.pos == start {
		return a.fail()
	}
	return ratio{n, 1}
}

// reduce makes the fraction canonical. Each part of a ratio is at most
// maxNumber, so the sums of products it is given stay far below the limits of
// int64.
func (a *arithmetic) reduce(num, den int64) ratio {
	if den == 0 || num == math.MinInt64 {
		return a.fail()
	}
	if den < 0 {
		num, den = -num, -den
	}
	g := gcd(max(num, -num), den)
	num, den = num/g, den/g
	if max(num, -num) > maxNumber || den > maxNumber {
		return a.fail()
	}
	return ratio{num, den}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
