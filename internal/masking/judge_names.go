package masking

import "strings"

// blind judges a column of which no value was seen.
func (j *judgement) blind() verdict {
	why := "No value was seen of it"
	if j.unseen != "" {
		why = "Of its table, " + j.unseen
	}
	n := j.byName()
	if n.sure >= threshold {
		n.why = strings.TrimSuffix(n.why, ".") + "; " + strings.ToLower(why[:1]) + why[1:] + "."
		return n
	}
	if t := j.column.Type; t.Kind == EnumType || isTechnical(j.column.Name, j.words) || j.about != aboutPeople && len(j.words) > 0 && slicesAny(j.words[len(j.words)-1:], plainly) || len(j.column.References) > 0 {
		return verdict{None, .2, "It is one of a few words, or a field of the system's own."}
	}
	return verdict{Undetermined, .6, why + ", so it may hold anything."}
}

// byName takes the name's word if values do not speak against it.
func (j *judgement) byName() verdict {
	h := j.hint
	if h.vetoed || h.entity == None {
		return verdict{}
	}
	sure := h.sure
	if c := j.content; c != nil && c.filled > 0 {
		sure *= j.plausible()
		if h.unsure && !j.supported(h.entity) {
			sure = min(sure, .3)
		}
		if h.entity == Username && sure < threshold && j.about == aboutUnknown && !h.unsure && j.likeLogins() {
			sure = .6
		}
	}
	return verdict{h.entity, sure, "Its name says " + text(h.entity) + "."}
}

// supported reports whether the values look like what a short or ambiguous name may
// mean.
func (j *judgement) supported(e Entity) bool {
	c := j.content
	filled, long := float64(c.filled), float64(c.chars)/float64(max(c.filled, 1))
	some := func(n int, least float64) bool { return float64(n) >= least*filled }
	digits, few := some(c.digits, .8), c.filled >= 20 && c.seen <= 3
	ofThings := j.about == aboutThings // whose numbers are long too
	switch e {
	case Email:
		return c.share(Email) > 0 || c.inside[Email] > 0
	case PersonName:
		initials := long <= 5 && c.digits == 0 && j.about == aboutPeople
		return c.share(PersonName) >= .2 || c.share(Username) >= .2 || j.hint.head && (initials || j.likeNames(long))
	case Username:
		return c.seen > 2 && float64(c.logins)+c.hits[Username] >= .3*filled || j.about == aboutUnknown && j.likeLogins() && float64(c.spoken) >= .8*filled || c.share(Username) >= .2 || c.share(Email) > 0 || c.share(PersonName) >= .2 || j.about == aboutPeople && !few && long < 24
	case Phone:
		return some(c.bareTel+int(c.hits[Phone]), .5)
	case PostalCode:
		return digits && long >= 4 && long <= 10
	case Card:
		return c.share(Card) >= .3 || digits && long >= 12 && !few && !ofThings
	case BankAccount:
		return c.share(BankAccount) > 0 || digits && long >= 8 && !ofThings
	case NationalID:
		return c.share(NationalID) >= .1 || some(c.idPlain, .5) || digits && long >= 7 && j.about == aboutPeople
	case Document:
		return digits && long >= 5 && !ofThings
	case BirthDate:
		return some(c.dates.n, .6) || digits && long <= 4
	case Secret:
		return some(c.randoms+c.hexes, .5) || c.hits[Secret] > 0 || some(c.ids, .5) || digits && !few && long >= 16
	case Health:
		return !j.vaguely() || j.ofBody() || c.share(Health) > 0
	case IPAddress, DeviceID:
		return c.share(e) >= .3 || e == DeviceID && some(c.hexes+c.randoms+c.ids, .5)
	case Address:
		return c.share(Address) >= .2 || some(c.digits, .5) && long > 8
	}
	return true
}

// likeNames reports whether the values, none of which is in the dictionaries, may
// be names all the same: capitalised, short, without digits, of many kinds.
func (j *judgement) likeNames(long float64) bool {
	c := j.content
	return j.about == aboutPeople && c.digits == 0 && c.seen > 8 && long < 20 && float64(c.capitals) >= .9*float64(c.filled)
}

// plausible is how much of a name's word the values leave standing.
func (j *judgement) plausible() float64 {
	c := j.content
	long := float64(c.chars) / float64(max(c.filled, 1))
	few := c.filled >= 20 && c.seen <= 6 // one of a few words
	digitless := c.filled >= 5 && c.digits*5 < c.filled && !j.column.Type.Array
	if j.clearly() && !evident(c) {
		return 1
	}
	switch j.hint.entity {
	case Email:
		return j.plausibleEmail(few, long)
	case Phone:
		if digitless || j.about == aboutThings && long < 6 {
			return .2
		}
	case PersonName:
		if few && long < 12 && j.hint.sure < .9 && !(j.about == aboutPeople && j.hint.sure >= .8 && c.digits == 0) || c.numeric*2 > c.filled {
			return .4
		}
		if c.filled >= 10 && c.share(PersonName) < .05 && c.share(Username) < .2 && !j.likeNames(long) && j.hint.sure < .9 && c.inside[PersonName] == 0 && c.share(Email) == 0 {
			return .5
		}
	case Username, Address:
		if logins := j.hint.entity == Username && c.seen > 2 && float64(c.logins)+c.hits[Username] >= .3*float64(c.filled); !logins && few && (long < 4 || j.hint.entity == Username && j.about != aboutPeople && c.share(Username)+c.share(PersonName)+c.share(Email) < .2) {
			return .4
		}
	case PostalCode, BirthDate:
		if j.hint.entity == PostalCode && long > 60 || j.hint.entity == BirthDate && long > 24 {
			return .3
		}
	case Secret:
		if few && long < 10 || c.numeric*2 > c.filled && long < 4 {
			return .4
		}
	case IPAddress, DeviceID:
		if c.filled >= 5 && c.share(j.hint.entity) == 0 && c.inside[j.hint.entity] == 0 && c.hexes+c.randoms+c.ids == 0 && (digitless || long < 12) {
			return .3
		}
	case FreeText:
		return j.plausibleText(few, long)
	case Card, BankAccount:
		if digitless && j.hint.entity == Card || few && long < 8 {
			return .2
		}
	case CustomerNumber:
		if few && j.column.Type.Kind == BaseType {
			return .4
		}
	case Pay:
		if digitless {
			return .5
		}
	}
	return 1
}

// clearly reports whether the name says by itself, and plainly, what must not be read
// however few and short the values are.
func (j *judgement) clearly() bool {
	h := j.hint
	if h.unsure || h.sure < .8 || j.about == aboutThings && !j.somebody {
		return false
	}
	return h.entity == Secret || h.entity == Username || h.entity == Pay && h.sure >= .85
}

// evident reports whether all values are words that are nobody's: of states, and of
// what a machine calls itself.
func evident(c *content) bool {
	for v := range c.distinct {
		if p := together.Replace(plainWord(v)); len(p) > 1 && !truth.exactly(p) && !states.exactly(p) {
			return false
		}
	}
	return true
}

// states are words for states, and names of logins that machines have.
var states = setOf(`active inactive enabled disabled open closed new old pending done failed success error ok blocked locked expired valid invalid none yes no set unset required optional verified unverified default custom auto manual low medium high
	aktiv inaktiv offen geschlossen gesperrt gueltig ungueltig neu alt actif inactif ouvert ferme valide bloque activo inactivo abierto cerrado valido bloqueado ativo inativo aberto fechado attivo inattivo aperto chiuso actief inactief open gesloten
	system cron root admin administrator api web app batch worker scheduler bot service import export migration etl job robot daemon postgres public guest anonymous test online offline mobile ios android email sms totp webauthn password oauth saml sso ldap bcrypt sha256 md5
	monthly hourly weekly yearly annual monatlich stuendlich jaehrlich mensuel annuel mensual anual mensile annuale maandelijks)`)

func (j *judgement) plausibleEmail(few bool, long float64) float64 {
	c := j.content
	switch {
	case j.about == aboutThings && c.offices*10 >= c.filled*8:
		return .3
	case c.filled < 5 || c.share(Email) > 0 || c.inside[Email] > 0 || c.inner[Email] > 0 || j.column.Type.Array:
		return 1
	case j.about != aboutPeople || few || long < 6:
		return .3
	}
	return .6
}

func (j *judgement) plausibleText(few bool, long float64) float64 {
	c := j.content
	switch {
	case j.column.Type.Array || few && long < 12:
		return .5
	case long < 12 && c.words == 0 && len(c.inside) == 0 && j.hint.sure < .8:
		return .4
	}
	return 1
}
