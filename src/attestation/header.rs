//! The header that every predicate has: who speaks, in which role, about which document, since when.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attestation::document::{DocumentHead, DocumentRef};
use crate::attestation::role::Role;
use crate::attestation::values::{NonEmpty, Resource, Text};
use crate::envelope::StatementDigest;
use crate::identifier::{Celex, DocumentUri, KeyUri, OperatorUri, SubjectUri};
use crate::time::Date;

/// Who speaks, in which role, about which document, resting on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Unique per issuer; a ULID is a good choice.
    pub id: HeaderId,
    /// The origin of the ledger that the statement is meant for; required on trust records and acts
    /// of registrars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<String>,
    /// Who speaks.
    pub issuer: Issuer,
    /// The document that the statement is, where its type has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentHead>,
    /// When it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// The acts it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legislation: Option<NonEmpty<Celex>>,
    /// The standards it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standards: Option<NonEmpty<StandardRef>>,
    /// Other attestations and documents that it points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<NonEmpty<Reference>>,
    /// Files behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<NonEmpty<Resource>>,
    /// Statements that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<NonEmpty<StatementDigest>>,
    /// Present if the signer is not the issuer but copies what the issuer published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcription: Option<Transcription>,
    /// Who may be given the payload; `PUBLIC` if absent.
    #[serde(default, skip_serializing_if = "Audience::is_public")]
    pub audience: Audience,
    /// Remarks for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Text>,
}

impl Header {
    /// The acts, none if the member is absent.
    pub fn legislation(&self) -> &[Celex] {
        self.legislation.as_deref().unwrap_or_default()
    }

    /// The standards, none if the member is absent.
    pub fn standards(&self) -> &[StandardRef] {
        self.standards.as_deref().unwrap_or_default()
    }

    /// The references, none if the member is absent.
    pub fn references(&self) -> &[Reference] {
        self.references.as_deref().unwrap_or_default()
    }

    /// The subject of the document that the statement is, if it is one.
    pub fn document_uri(&self) -> Option<DocumentUri> {
        let document = self.document.as_ref()?;
        Some(DocumentUri::of(self.issuer.operator.operator()?, document.number.lookup()))
    }

    /// A reference to the document that the statement is, if an operator issued one.
    pub fn document_ref(&self) -> Option<DocumentRef> {
        let document = self.document.as_ref()?;
        Some(DocumentRef {
            issuer: self.issuer.operator.operator()?.clone(),
            number: document.number.clone(),
            version: document.version.clone(),
        })
    }

    /// The operator whose key signs: the transcriber if there is one, else the issuer; `None` for
    /// an act of registrars.
    pub fn signer(&self) -> Option<&OperatorUri> {
        match &self.transcription {
            Some(transcription) => Some(&transcription.by),
            None => self.issuer.operator.operator(),
        }
    }
}

/// An identifier that its issuer chose for a statement: 1 to 64 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^[!-~]{1,64}$"))]
pub struct HeaderId(String);

impl HeaderId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for HeaderId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom("expected an id of 1 to 64 printable ASCII characters"))
        }
    }
}

/// Who speaks, and as what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The operator, by its primary URI; in an act of registrars the lowest of their keys.
    pub operator: IssuerUri,
    /// The role in which it speaks.
    pub role: Role,
}

impl Issuer {
    /// Whether this issuer takes back what another imposed: everybody its own, and a public
    /// authority what others than authorities imposed (conformity.md, section 1.3).
    pub fn may_take_back(&self, other: &Self) -> bool {
        self.operator == other.operator || (self.role.is_authority() && !other.role.is_authority())
    }
}

/// The name of an issuer: an operator, or a registrar's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(untagged)]
pub enum IssuerUri {
    /// An operator's primary URI.
    Operator(OperatorUri),
    /// A registrar's key.
    Key(KeyUri),
}

impl IssuerUri {
    /// The operator, unless the issuer is a registrar's key.
    pub const fn operator(&self) -> Option<&OperatorUri> {
        match self {
            Self::Operator(operator) => Some(operator),
            Self::Key(_) => None,
        }
    }

    /// As a subject.
    pub fn to_subject(&self) -> SubjectUri {
        match self {
            Self::Operator(operator) => operator.clone().into(),
            Self::Key(key) => key.clone().into(),
        }
    }
}

impl fmt::Display for IssuerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(operator) => fmt::Display::fmt(operator, f),
            Self::Key(key) => fmt::Display::fmt(key, f),
        }
    }
}

impl Serialize for IssuerUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IssuerUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match SubjectUri::deserialize(deserializer)? {
            SubjectUri::Operator(operator) => Ok(Self::Operator(operator)),
            SubjectUri::Key(key) => Ok(Self::Key(key)),
            other => Err(D::Error::custom(format!("{other} is neither an operator nor a key"))),
        }
    }
}

/// When a statement is in force, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The last day; open if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A standard, and how far it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardRef {
    /// Its reference, as `EN 71-1`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its edition, as `2014+A1:2018`.
    pub edition: String,
    /// How far it was applied.
    pub extent: StandardExtent,
}

/// How far a standard was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum StandardExtent {
    /// Wholly.
    Full,
    /// In part.
    Part,
}

/// A pointer at another attestation or document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["statement"]}, {"required": ["document"]}]))]
pub struct Reference {
    /// What the pointer means.
    pub rel: Relation,
    /// The type of what is pointed at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// Pointed at by statement digest; by this, by its document or by both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementDigest>,
    /// Pointed at by issuer, number and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentRef>,
}

/// What a reference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Rests on it.
    Basis,
    /// Names the certificate.
    CitesCertificate,
    /// Names the test report.
    CitesReport,
    /// Covers the consignment.
    CoversConsignment,
    /// Gives the mandate for it.
    MandateFor,
    /// Corrects it.
    Corrects,
    /// Replaces it.
    Supersedes,
    /// Takes it back.
    Revokes,
    /// Recalls it.
    Recalls,
    /// Transforms it.
    Transforms,
    /// The issuer itself logs what was transcribed before.
    Confirms,
    /// The issuer signs again what it signed inside a compromise window.
    Reaffirms,
}

impl Relation {
    /// Whether the statement rests on what is pointed at: it falls with it.
    pub const fn is_basis(self) -> bool {
        matches!(self, Self::Basis | Self::CitesCertificate | Self::CitesReport)
    }
}

/// How a signer copied what somebody else published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transcription {
    /// The operator that copied it, and signs.
    pub by: OperatorUri,
    /// The file it was copied from.
    pub source: Resource,
    /// Whether only the file's digest is vouched for, not what was read from it.
    pub file_only: bool,
}

/// Who may be given a payload.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Audience {
    /// Everyone.
    #[default]
    Public,
    /// The platform and authorities.
    Partner,
    /// Authorities.
    Authority,
}

impl Audience {
    /// Whether everyone may be given the payload.
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public)
    }
}
