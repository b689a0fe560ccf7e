//! What the ledger lets in: the rules that a statement has to meet before it becomes an entry.
