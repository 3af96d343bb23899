package masking

import (
	"strings"
	"sync"
)

// columnWords are the words of a relation's columns, without the letters that all of
// them begin with: PATEL, PANOM and PADNAI in one table are tel, nom and dnai.
func columnWords(rel *Relation) [][]string {
	cut, word := len(commonPrefix(rel)), commonWord(rel)
	list := make([][]string, len(rel.Columns))
	for i, c := range rel.Columns {
		list[i] = tokens(c.Name)
		if word != "" && len(list[i]) > 1 && list[i][0] == word {
			list[i] = list[i][1:]
		}
		if cut > 0 && len(c.Name) > cut+1 && len(list[i]) > 0 {
			if t, _, n := match(list[i]); n == 0 || t.need == values {
				list[i] = tokens(c.Name[cut:])
			}
		}
	}
	return list
}

// Bounds of a prefix that columns have in common.
const (
	fewestPrefixed = 5 // columns
	longestPrefix  = 3
)

// commonWord is the short word that nine in ten columns have in front: pe_vnam,
// pe_gbdt.
func commonWord(rel *Relation) string {
	count := map[string]int{}
	for _, c := range rel.Columns {
		if first, rest, ok := strings.Cut(strings.ToLower(c.Name), "_"); ok && len(first) <= 4 && rest != "" {
			count[first]++
		}
	}
	for w, n := range count {
		if len(rel.Columns) >= fewestPrefixed-1 && n*10 >= len(rel.Columns)*9 {
			return w
		}
	}
	return ""
}

// commonPrefix is what nine in ten columns begin with, if it is no word of its own.
func commonPrefix(rel *Relation) string {
	if len(rel.Columns) < fewestPrefixed-1 {
		return ""
	}
	for n := longestPrefix; n >= 2; n-- {
		count := map[string]int{}
		for _, c := range rel.Columns {
			if len(c.Name) > n+1 && c.Name[n] < 0x80 && c.Name[n] != '_' && !strings.ContainsAny(c.Name[:n], "_ -") && strings.IndexFunc(c.Name[:n], notLetter) < 0 {
				count[strings.ToLower(c.Name[:n])]++
			}
		}
		for p, k := range count {
			if k*10 >= len(rel.Columns)*9 {
				return p
			}
		}
	}
	return ""
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// phrase is a run of words of the lexicon, without its little words, or a harmless
// one; abbreviations are compared with both.
type phrase struct {
	words    []string
	term     term
	harmless bool
}

// little are the words that abbreviations leave out.
var little = setOf(`de da do di du des del della dei of the la le el os os a e y und et en van het der die das al d l`)

var phrases = sync.OnceValue(func() map[byte][]phrase {
	all := map[byte][]phrase{}
	add := func(p phrase) {
		if len(p.words) > 0 && len(p.words[0]) > 0 {
			all[p.words[0][0]] = append(all[p.words[0][0]], p)
		}
	}
	for run, t := range lexicon {
		var words []string
		for w := range strings.SplitSeq(run, "_") {
			if !little.exactly(w) || len(words) == 0 {
				words = append(words, w)
			}
		}
		if t.need != values || len(run) >= 6 {
			add(phrase{words: words, term: t})
		}
	}
	for _, set := range []wordSet{plainly, things, notPeople, numbersOfThings, heads, measures, identifiers, codings} {
		for w := range set {
			if len(w) > 3 {
				add(phrase{words: []string{w}, harmless: true})
			}
		}
	}
	for w := range strings.FieldsSeq(`date_creation date_modification date_mise_jour fecha_creacion fecha_modificacion data_criacao data_modifica data_creazione datum_aanmaak date_entree date_sortie fecha_alta fecha_baja data_admissao data_assunzione data_iscrizione date_inscription fecha_ingreso ferie_residue conges_restants dias_vacaciones ore_settimanali heures_semaine stunden_woche codice_reparto code_service codigo_departamento centro_costo ultima_modifica ultimo_accesso derniere_connexion ultimo_acceso letzte_aenderung stato_record estado_registro tipo_contratto type_contrat tipo_contrato data_scadenza fecha_vencimiento date_echeance data_vencimento`) {
		add(phrase{words: strings.Split(w, "_"), harmless: true})
	}
	return all
})

// Bounds of a word that may be an abbreviation.
const (
	shortestAbbreviation = 3
	longestAbbreviation  = 14
)

// abbreviated says what a name may be short for: afil_sind, antec, retlor, betrg. Of
// words that may be short for something harmless as well, it says nothing.
func abbreviated(words []string) (best term, ok bool) {
	joined := strings.Join(words, "")
	if len(joined) < shortestAbbreviation || len(joined) > longestAbbreviation || len(words) > 3 || harmless(words) || vocabulary().has(joined) {
		return term{}, false
	}
	quality, plain := 0, 0
	for _, p := range phrases()[joined[0]] {
		q := shortFor(words, joined, p.words)
		switch {
		case q == 0:
		case p.harmless:
			plain = max(plain, q)
		case q > quality || q == quality && p.term.sure > best.sure:
			best, quality = p.term, q
		}
	}
	return best, quality > plain
}

// shortFor is how well a name abbreviates a phrase, 0 = not at all: by beginnings of
// its words one after the other (4), as the beginning of its first word (3), or
// without its vowels (2).
func shortFor(words []string, joined string, of []string) int {
	switch {
	case len(words) > 1:
		if len(words) == len(of) {
			for i, w := range words {
				if len(w) < 2 || !strings.HasPrefix(of[i], w) {
					return 0
				}
			}
			return 4
		}
		return 0
	case len(of) > 1 && len(joined) >= 5 && consecutive(joined, of):
		return 4
	case len(joined) == 3:
		if len(of) == 1 && of[0][0] == joined[0] && len(of[0]) > 3 && len(of[0]) <= 6 && consonants(joined) == joined && consonants(of[0]) == joined {
			return 2
		}
		return 0
	case len(of) == 1 && strings.HasPrefix(of[0], joined) && len(of[0]) >= len(joined)+2:
		return 3
	case len(of) == 1 && len(of[0]) > len(joined) && of[0][0] == joined[0] && consonants(joined) == consonants(of[0]) && len(consonants(joined)) >= 3:
		return 2
	case len(of) > 1 && len(of[0]) >= 7 && strings.HasPrefix(of[0], joined) && len(of[0]) >= len(joined)+2:
		return 1
	}
	return 0
}

// consecutive reports whether a word is made of beginnings of two words or more, of
// two letters at least each.
func consecutive(word string, of []string) bool {
	if len(of) == 0 || len(of) > 3 {
		return false
	}
	if len(of) == 1 {
		return len(word) >= 2 && strings.HasPrefix(of[0], word)
	}
	for n := 2; n <= len(word)-2 && n <= len(of[0]); n++ {
		if strings.HasPrefix(of[0], word[:n]) && consecutive(word[n:], of[1:]) {
			return true
		}
	}
	return false
}

var vowels = strings.NewReplacer("a", "", "e", "", "i", "", "o", "", "u", "", "y", "")

func consonants(w string) string { return vowels.Replace(w) }
