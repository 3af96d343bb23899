package bot

import "strings"

// nearest returns the candidate that word most probably meant: the one by the
// fewest inserted, dropped, changed or swapped letters, if those are at most two
// and fewer than half of the word.
func nearest(word string, candidates []string) (string, bool) {
	word = strings.ToLower(word)
	if len(word) > 64 { // nothing that long is a slip of the finger
		return "", false
	}
	best, found := 3, ""
	for _, c := range candidates {
		d := distance([]rune(word), []rune(strings.ToLower(c)))
		if d < best && 2*d < len([]rune(word))+1 {
			best, found = d, c
		}
	}
	return found, found != ""
}

// distance is the number of single-letter edits, swaps of neighbours included
// (optimal string alignment).
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
