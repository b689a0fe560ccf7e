//! The offline file: built from evidence, verified without a network.
