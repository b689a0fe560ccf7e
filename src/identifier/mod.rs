//! Identifiers of products, operators and documents, and their canonical URIs.
