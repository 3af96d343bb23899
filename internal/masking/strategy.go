package masking

// strategies are what an entity gets where the column's type allows it: identifiers
// a pseudonym, because they join; what would be guessed from how often it occurs, a
// constant.
var strategies = map[Entity]Strategy{
	Email: EmailPseudonym, Phone: Pseudonym, PersonName: Pseudonym, Username: Pseudonym, Address: Redact, PostalCode: Coarse, Geo: Coarse, Card: Pseudonym,
	BankAccount: Pseudonym, NationalID: Pseudonym, Document: Pseudonym, CustomerNumber: Pseudonym, BirthDate: Year, Health: Nothing, SpecialCategory: Nothing,
	Pay: Nothing, Secret: Redact, IPAddress: Coarse, DeviceID: Pseudonym, PersonalURL: Redact, FreeText: Redact, Structured: Redact, Media: Redact, Hash: Pseudonym,
	Undetermined: Redact,
}

// strategyFor is the strategy of a column with such a finding, as its type allows.
func strategyFor(c Column, f Finding) Strategy {
	if !f.Sensitive {
		return Keep
	}
	s := strategies[f.Entity]
	text := maskee{column: c}.textual()
	switch {
	case f.Entity == IPAddress && text:
		s = Pseudonym
	case f.Entity == Geo && text, f.Entity == BirthDate && text:
		s = Redact
	case f.Entity == BirthDate && numberType(c.Type):
		s = Coarse
	case f.Entity == PostalCode && !text:
		s = Nothing
	}
	_, s = Expression(c, f.Entity, s)
	return s
}
