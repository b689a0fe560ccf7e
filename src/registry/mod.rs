//! Operators, keys, roles, accreditations and notifications as of an entry, from attestations
//! alone; and who may say what, as the one function that admission, audit and dossiers share. Knows
//! nothing of products, and nothing of what an attestation changes.
//!
//! "As of an entry" is what the entries before it say: the state that the entry itself was judged
//! by.

mod key_history;
mod registrars;
mod operators;
mod limits;
mod extent;
mod roles;
mod standing;
mod accreditations;
mod notifications;
mod state;
mod authority_error;
mod authority;
mod attributed;

pub use accreditations::{AccreditationLine, AccreditationQuestion, AccreditationStep};
pub use attributed::{Unattributed, attribute};
pub use authority::{Actor, Authority, authorise};
pub use authority_error::{AuthorityError, Unauthorised};
pub use extent::Extent;
pub use key_history::{Compromise, KeyEnd, KeyEndKind, KeyOwner, KeyStanding, KeyWindow};
pub use limits::{Limits, Point};
pub use notifications::{NotificationLine, NotificationQuestion, NotificationStep};
pub use operators::Operator;
pub use registrars::RegistrarSet;
pub use roles::{RoleStanding, RoleStep};
pub use standing::Standing;
pub use state::Registry;
