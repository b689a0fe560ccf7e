//! Where the ledger's bytes live: a trait, and its engines.
