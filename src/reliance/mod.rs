//! Reliance: what rests on a document. The records that cite it, those that cite them, the products
//! that they are about, the verdicts that used any of them, and the listings that cite these.
//!
//! A pure function of the records of a log. It judges nothing: whether a listing may stay up is the
//! evaluator's to say, and what a record rests on is what the evaluator counts.

mod name;
mod report;
mod citing;
mod products;
mod verdicts;
mod listings;
mod find;

pub use find::reliance;
pub use listings::ListingFilter;
pub use name::{DocumentName, NameError, RelianceError};
pub use report::{
    Down, Fall, Reliance, RestingListing, RestingProduct, RestingRecord, RestingVerdict, Unseen,
};
