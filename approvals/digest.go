package approvals

// Digest is SHA-256 over the versioned, length-prefixed encoding of Terms.
type Digest [32]byte
