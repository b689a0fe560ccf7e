//! The subject map and the subject chains: which entries concern a key, all of them.
