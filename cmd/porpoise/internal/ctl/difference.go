package ctl

import (
	"fmt"
	"strings"
)

// around is how many lines that stay are shown beside a change.
const around = 3

// largest is how many pairs of lines are compared; of texts that differ more,
// all lines go and come.
const largest = 16 << 20

// difference shows in the usual form what lines go and come between two texts.
func difference(from, to string) string {
	steps := compare(lines(from), lines(to))
	var b strings.Builder
	for at := 0; at < len(steps); {
		if steps[at].sign == ' ' {
			at++
			continue
		}
		begin := max(0, at-around)
		end := hunkEnd(steps, at)
		writeHunk(&b, steps[begin:end])
		at = end
	}
	return b.String()
}

// hunkEnd is where the changes that are near to each other end.
func hunkEnd(steps []step, at int) int {
	last := at
	for i := at; i < len(steps) && i <= last+2*around; i++ {
		if steps[i].sign != ' ' {
			last = i
		}
	}
	return min(len(steps), last+1+around)
}

func writeHunk(b *strings.Builder, steps []step) {
	var old, new int
	for _, s := range steps {
		if s.sign != '+' {
			old++
		}
		if s.sign != '-' {
			new++
		}
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", steps[0].old, old, steps[0].new, new)
	for _, s := range steps {
		fmt.Fprintf(b, "%c%s\n", s.sign, s.text)
	}
}

func lines(text string) []string {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// step is a line that stays, goes or comes, with its numbers on both sides.
type step struct {
	sign     byte
	text     string
	old, new int
}

// compare finds a longest common part. What is equal at both ends is cut off
// first: edits are small.
func compare(a, b []string) []step {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	s := script{old: 1, new: 1}
	s.stay(a[:head])
	s.middle(a[head:len(a)-tail], b[head:len(b)-tail])
	s.stay(a[len(a)-tail:])
	return s.steps
}

// script grows a comparison.
type script struct {
	steps    []step
	old, new int // numbers of the next lines
}

func (s *script) stay(lines []string) {
	for _, text := range lines {
		s.steps = append(s.steps, step{' ', text, s.old, s.new})
		s.old++
		s.new++
	}
}

func (s *script) goes(text string) {
	s.steps = append(s.steps, step{'-', text, s.old, s.new})
	s.old++
}

func (s *script) comes(text string) {
	s.steps = append(s.steps, step{'+', text, s.old, s.new})
	s.new++
}

func (s *script) middle(a, b []string) {
	if len(a)*len(b) > largest {
		for _, text := range a {
			s.goes(text)
		}
		for _, text := range b {
			s.comes(text)
		}
		return
	}
	common := lengths(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			s.stay(a[i : i+1])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			s.goes(a[i])
			i++
		default:
			s.comes(b[j])
			j++
		}
	}
}

// lengths gives how long the common part of a[i:] and b[j:] is.
func lengths(a, b []string) [][]int32 {
	table := make([][]int32, len(a)+1)
	cells := make([]int32, (len(a)+1)*(len(b)+1))
	for i := range table {
		table[i] = cells[i*(len(b)+1) : (i+1)*(len(b)+1)]
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
