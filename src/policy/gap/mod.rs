//! The gap: what evidence on a product is missing, who can supply it, and what of it ends soon.
//!
//! The evaluator judges once more what was collected for a verdict, by the same rule sets without what
//! the offer alone settles. What comes out is no verdict.

mod rules;
mod report;
mod find;

pub use find::{GapQuestion, gap};
pub use report::{Falling, Gap, Lapsing, Missing, NamedSupplier};
