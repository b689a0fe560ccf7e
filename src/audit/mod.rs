//! Replay of a whole log: every rule, every entry, every seal.
