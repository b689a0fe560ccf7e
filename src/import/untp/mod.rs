//! Digital Conformity Credentials of the United Nations Transparency Protocol, version 0.6. A
//! credential becomes a certificate, a declaration or a test report; its signature is not looked at,
//! so what somebody else than its issuer imports is a copy.

mod sweep;
mod party;
mod act;
mod standard;
mod goods;
mod scope;
mod links;
mod assessments;
mod kinds;
mod certificate;
mod declaration;
mod report;
mod credential;

pub use credential::read;
