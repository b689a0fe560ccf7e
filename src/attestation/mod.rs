//! Statements and their predicates, one file a type.
