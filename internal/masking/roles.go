package masking

// Names that every apply uses; the schemas with masked views are owned by
// OwnerRole, by which they are told from others.
const (
	OwnerRole    = "dbaccess_mask_owner" // owns views and key; nobody is a member of it, ever
	SecretSchema = "dbaccess_secret"     // holds the key's table, for the owner alone
	KeyTable     = "mask_key"
	ViewPrefix   = "masked_" // in front of a schema's name
)
