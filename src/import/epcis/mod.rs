//! Events of EPCIS 2.0, as JSON or JSON-LD: a document with a list of them, or one alone. Each is a
//! statement of its author, who signs it: the ledger takes copies of documents, and of events none.

mod vocabulary;
mod goods;
mod event;
mod document;

pub use document::read;
