package masking

// Entity is what a sensitive column holds.
type Entity string

// The entities.
const (
	None            Entity = ""                 // nothing sensitive
	Email           Entity = "email"            //
	Phone           Entity = "phone"            //
	PersonName      Entity = "person_name"      //
	Username        Entity = "username"         // logins, handles
	Address         Entity = "address"          // street and house, whole addresses
	PostalCode      Entity = "postal_code"      //
	Geo             Entity = "geo"              // a person's whereabouts
	Card            Entity = "card"             // payment card numbers
	BankAccount     Entity = "bank_account"     // IBAN and the like
	NationalID      Entity = "national_id"      // also tax and social security numbers
	Document        Entity = "document_number"  // passports, licences, plates
	CustomerNumber  Entity = "person_number"    // numbers that name a person elsewhere: patient, insured
	BirthDate       Entity = "date_of_birth"    // and age
	Health          Entity = "health"           //
	SpecialCategory Entity = "special_category" // GDPR Art. 9: religion, union, ethnicity, orientation; gender, marital state
	Pay             Entity = "pay"              // salary, income, a person's balance
	Secret          Entity = "secret"           // passwords and their hashes, tokens, keys
	IPAddress       Entity = "ip_address"       //
	DeviceID        Entity = "device_id"        // MAC, IMEI, advertising ids
	PersonalURL     Entity = "url"              // of a profile or picture, presigned, with credentials
	FreeText        Entity = "free_text"        // may say anything of anybody
	Structured      Entity = "structured"       // JSON, XML, composites with something sensitive inside
	Media           Entity = "media"            // pictures, documents, biometrics
	Hash            Entity = "hash"             // of something sensitive: a dictionary undoes it
	Undetermined    Entity = "unknown"          // not understood, and so masked
)

// Strategy is how a column is masked. Every strategy keeps the column's type.
type Strategy string

// The strategies.
const (
	Keep           Strategy = "keep"            // as it is
	Pseudonym      Strategy = "pseudonym"       // keyed, the same for equal values: joins go on working
	EmailPseudonym Strategy = "email_pseudonym" // likewise, and still an address
	Redact         Strategy = "redact"          // a constant of the type
	Nothing        Strategy = "null"            // NULL
	Year           Strategy = "year"            // the first day of its year
	Coarse         Strategy = "coarse"          // network, region, first digits
)

// Finding is what was decided of one column.
type Finding struct {
	Schema     string   `json:"schema"`
	Table      string   `json:"table"`
	Column     string   `json:"column"`
	Sensitive  bool     `json:"sensitive"`
	Entity     Entity   `json:"entity"`
	Confidence float64  `json:"confidence"` // of Sensitive as it stands, 0 to 1
	Strategy   Strategy `json:"strategy"`
	Why        string   `json:"why"` // a sentence or two, without values
}

// Override is what the owner says of a column, a table or an entity, in place of
// what was detected. Empty Table or Column mean all of them; Entity alone means
// every column of that entity.
type Override struct {
	Schema    string
	Table     string
	Column    string
	Entity    Entity
	Sensitive *bool    // nil = as detected
	As        Entity   // what it is; empty = as detected
	Strategy  Strategy // empty = the entity's own
	Reason    string   // needed
}

// Plan is what Detect found and the overrides made of it: one finding a column,
// in the order of the relations and their columns.
type Plan struct {
	Relations []Relation
	Findings  []Finding
	Overrides []Override
}
