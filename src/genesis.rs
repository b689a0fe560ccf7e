//! The genesis document: what a verifier trusts before it has seen anything.
