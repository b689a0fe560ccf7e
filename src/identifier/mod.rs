//! Identifiers of products, operators and documents, and their canonical URIs. Knows nothing of
//! statements, and nothing of whether what an identifier names exists.
//!
//! Reading is strict: [`FromStr`](std::str::FromStr) takes the canonical form and nothing else, so
//! that nothing has two names. What people and other systems write goes through [`input`]. The
//! rules are those of `conformity.md`, sections 3 and 4, and `formats.md`, section 3.

mod error;
mod text;
mod check_digit;
mod percent;
mod gtin;
mod gln;
mod gmn;
mod lei;
mod siren;
mod eori;
mod vat;
mod nando;
mod mrn;
mod celex;
mod country;
mod commodity;
mod registration;
mod lookup;
mod cset82;
mod qualifiers;
mod operator;
mod product;
mod type_uri;
mod document;
mod key_uri;
mod subject;
mod subject_key;
mod epc;
mod digital_link;
pub mod input;

pub use celex::Celex;
pub use check_digit::{gs1_check_digit, is_luhn};
pub use commodity::{CnCode, Gpc};
pub use country::Country;
pub use cset82::{AssignedValue, Cset82, Lot, Serial, ThirdParty, Variant};
pub use document::DocumentUri;
pub use eori::Eori;
pub use error::IdentifierError;
pub use gln::Gln;
pub use gmn::Gmn;
pub use gtin::Gtin;
pub use key_uri::KeyUri;
pub use lei::Lei;
pub use lookup::LookupForm;
pub use mrn::Mrn;
pub use nando::Nando;
pub use operator::{OperatorScheme, OperatorUri};
pub use product::ProductUri;
pub use qualifiers::Qualifiers;
pub use registration::{EprFr, Eprel};
pub use siren::{Siren, Siret};
pub use subject::{SubjectKind, SubjectUri};
pub use subject_key::{Class, SubjectKey};
pub use type_uri::TypeUri;
pub use vat::Vat;
