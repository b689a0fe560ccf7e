//! Strict JSON: what two readers could read differently is refused. Knows nothing of what the
//! members mean. The rules are those of `formats.md`, section 3; the canonical form is RFC 8785.

mod error;
mod check;
mod containers;
mod read;
mod form;
mod canonical;

pub use canonical::{canonical, to_string};
pub use check::{DEPTH_MAX, INTEGER_MAX, check, check_foreign};
pub use containers::{CONTAINERS_MAX, check_containers};
pub use error::JsonError;
pub use form::check_form;
pub use read::{from_checked_slice, from_slice};
