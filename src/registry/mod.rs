//! Operators, keys, roles, accreditations and notifications as of an entry, from attestations alone.
