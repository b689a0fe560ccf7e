//! The table of predicates, and the rules that all of them share.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::attestation::feed::Effect;
use crate::attestation::header::{Header, IssuerUri};
use crate::attestation::plain_text;
use crate::attestation::predicate_type::{PredicateError, PredicateType, Signers, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::types;
use crate::identifier::SubjectUri;
use crate::json::{self, JsonError};

/// What the predicate types of this ledger begin with.
pub const PREDICATE_TYPE_PREFIX: &str = "urn:probant:attestation:";

macro_rules! predicates {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $en:literal, $fr:literal;)*) => {
        /// The kind of an attestation: the name in its predicate type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PredicateKind {
            $($(#[$doc])* $variant,)*
        }

        impl PredicateKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name, as in `urn:probant:attestation:<name>:v1`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What people call it, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }

            /// What people call it, in French.
            pub const fn french(self) -> &'static str {
                match self { $(Self::$variant => $fr),* }
            }

            /// The roles in which records of this kind are issued.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$variant => <types::$variant as PredicateType>::ROLES),* }
            }

            /// Whether a statement of this kind is a document, with a number.
            pub const fn is_document(self) -> bool {
                match self {
                    $(Self::$variant => <types::$variant as PredicateType>::IS_DOCUMENT),*
                }
            }

            /// Whether `header.validity` is required.
            pub const fn has_validity(self) -> bool {
                match self {
                    $(Self::$variant => <types::$variant as PredicateType>::HAS_VALIDITY),*
                }
            }

            /// Whether a statement of this kind is a trust record, with `header.ledger`.
            pub const fn is_trust_record(self) -> bool {
                match self {
                    $(Self::$variant => <types::$variant as PredicateType>::IS_TRUST_RECORD),*
                }
            }

            /// Whether the payload may be kept from the public.
            pub const fn may_be_withheld(self) -> bool {
                match self {
                    $(Self::$variant => <types::$variant as PredicateType>::MAY_BE_WITHHELD),*
                }
            }

            /// Whether its batches may be an authority's prose.
            pub const fn may_be_text(self) -> bool {
                match self {
                    $(Self::$variant => <types::$variant as PredicateType>::MAY_BE_TEXT),*
                }
            }

            /// Adds the JSON Schema of the predicate to the definitions of `generator`.
            pub(super) fn define(self, generator: &mut SchemaGenerator) {
                match self {
                    $(Self::$variant => drop(generator.subschema_for::<types::$variant>()),)*
                }
            }

            /// The name of that definition.
            pub(super) fn definition(self) -> Cow<'static, str> {
                match self { $(Self::$variant => types::$variant::schema_name()),* }
            }

            /// Reads a predicate of this kind from strict JSON. Only its own shape is checked.
            pub(super) fn read(self, bytes: &[u8]) -> Result<Predicate, JsonError> {
                match self {
                    $(Self::$variant => {
                        json::from_checked_slice(bytes).map(|of| Predicate::$variant(Box::new(of)))
                    })*
                }
            }
        }

        /// A typed predicate.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Predicate {
            $($(#[$doc])* $variant(Box<types::$variant>),)*
        }

        impl Predicate {
            /// Its kind.
            pub const fn kind(&self) -> PredicateKind {
                match self { $(Self::$variant(_) => PredicateKind::$variant),* }
            }

            /// Its header.
            pub fn header(&self) -> &Header {
                match self { $(Self::$variant(of) => &of.header),* }
            }

            /// Its scope, where it has one.
            pub fn scope(&self) -> Option<&Scope> {
                match self { $(Self::$variant(of) => of.scope()),* }
            }

            /// What its `subject` has to list.
            pub fn subjects(&self) -> Result<SubjectRule, PredicateError> {
                match self { $(Self::$variant(of) => of.subjects()),* }
            }

            /// Whose signatures it needs.
            pub fn signers(&self) -> Signers {
                match self { $(Self::$variant(of) => of.signers()),* }
            }

            /// Chains that it feeds besides those of its subjects and its own document.
            pub fn feeds_besides(&self) -> Vec<SubjectUri> {
                match self { $(Self::$variant(of) => of.feeds_besides()),* }
            }

            /// How it can move a verdict.
            pub fn effect(&self) -> Effect {
                match self { $(Self::$variant(of) => of.effect()),* }
            }

            /// Checks every rule that needs nothing but the predicate.
            pub fn check(&self) -> Result<(), PredicateError> {
                match self { $(Self::$variant(of) => check(of.as_ref(), &of.header, $name)),* }
            }
        }
    };
}

predicates! {
    /// An operator, its names and its first key.
    OperatorRegistration = "operator-registration", "registration of an operator", "enregistrement d'un opérateur";
    /// A role granted to an operator, or revoked.
    RoleGrant = "role-grant", "grant or revocation of a role", "octroi ou retrait d'un rôle";
    /// Accreditation of a laboratory or body.
    Accreditation = "accreditation", "accreditation of a body", "accréditation d'un organisme";
    /// Notification of a body for an act.
    Notification = "notification", "notification of a body", "notification d'un organisme";
    /// A key added, rotated, revoked or compromised.
    KeyEvent = "key-event", "change of a key", "changement de clé";
    /// Registrars added or removed.
    RegistrarChange = "registrar-change", "change of the registrars", "changement d'agents d'enregistrement";
    /// A rule set, published.
    PolicyPublication = "policy", "published rule set", "jeu de règles publié";
    /// What a product is.
    ProductIdentity = "product-identity", "product identity", "identité du produit";
    /// The EU declaration of conformity.
    EuDeclaration = "eu-declaration-of-conformity", "EU declaration of conformity", "déclaration UE de conformité";
    /// A certificate of a body.
    ConformityCertificate = "conformity-certificate", "certificate of conformity", "certificat de conformité";
    /// A notified body's approval of a production.
    ProductionQualityApproval = "production-quality-approval", "approval of a production", "approbation d'une production";
    /// A laboratory's test report.
    TestReport = "test-report", "test report", "rapport d'essai";
    /// An importer's declaration on a consignment.
    ImporterDeclaration = "importer-declaration", "declaration of the importer", "déclaration de l'importateur";
    /// A mandate between two operators.
    Mandate = "mandate", "written mandate", "mandat écrit";
    /// Something that happened to goods.
    TraceabilityEvent = "traceability-event", "traceability event", "événement de traçabilité";
    /// What a public register says.
    ExternalRegistration = "external-registration", "entry in a public register", "inscription à un registre public";
    /// A record suspended, withdrawn, annulled.
    StatusChange = "status-change", "change of status", "changement de statut";
    /// A recall or another measure.
    SafetyMeasure = "safety-measure", "recall or other safety measure", "rappel ou autre mesure de sécurité";
    /// A measure extended, reduced or lifted.
    MeasureUpdate = "measure-update", "change of a safety measure", "modification d'une mesure de sécurité";
    /// One record replaced by another.
    Supersession = "supersession", "replacement of a record", "remplacement d'une attestation";
    /// A concern about a product or a document.
    ConcernReport = "concern-report", "report of a concern", "signalement d'un doute";
    /// An order to remove a payload.
    ErasureOrder = "erasure-order", "order to erase a content", "ordre d'effacer un contenu";
    /// How a platform verified a trader.
    TraderVerification = "trader-verification", "verification of a trader", "vérification d'un vendeur";
    /// A verdict, logged.
    ConformityVerdict = "conformity-verdict", "logged verdict", "verdict consigné";
    /// An offer put up or taken down.
    ListingRecord = "listing-record", "listing or delisting of an offer", "publication ou retrait d'une offre";
}

impl PredicateKind {
    /// The whole predicate type, as `urn:probant:attestation:<name>:v1`.
    pub fn predicate_type(self) -> String {
        format!("{PREDICATE_TYPE_PREFIX}{}:v1", self.name())
    }

    /// The kind that a predicate type names.
    pub fn parse(predicate_type: &str) -> Option<Self> {
        let name = predicate_type.strip_prefix(PREDICATE_TYPE_PREFIX)?.strip_suffix(":v1")?;
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl PredicateKind {
    /// Whether records of this kind have a status. Trust records have actions of their own,
    /// measures have updates, and what a change did is undone by another change of the same target.
    pub const fn has_status(self) -> bool {
        matches!(
            self,
            Self::ProductIdentity
                | Self::EuDeclaration
                | Self::ConformityCertificate
                | Self::ProductionQualityApproval
                | Self::ExternalRegistration
                | Self::TestReport
                | Self::ImporterDeclaration
                | Self::Mandate
                | Self::TraceabilityEvent
        )
    }
}

impl Predicate {
    /// Reads a predicate of `kind` from JSON, and checks the rules that need nothing else.
    pub fn parse(kind: PredicateKind, bytes: &[u8]) -> Result<Self, PredicateReadError> {
        json::check(bytes)?;
        let predicate = kind.read(bytes)?;
        plain_text::check(&json::from_checked_slice(bytes)?)?;
        predicate.check()?;
        Ok(predicate)
    }
}

/// Why bytes are not a predicate of a kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PredicateReadError {
    /// Not strict JSON, or not of the type's shape.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A rule of the type.
    #[error(transparent)]
    Rule(#[from] PredicateError),
}

fn check<T: PredicateType>(
    predicate: &T,
    header: &Header,
    kind: &'static str,
) -> Result<(), PredicateError> {
    let require = |is_there: bool, member| {
        if is_there { Ok(()) } else { Err(PredicateError::Missing { member, kind }) }
    };
    require(!T::IS_DOCUMENT || header.document.is_some(), "header.document")?;
    require(!T::HAS_VALIDITY || header.validity.is_some(), "header.validity")?;
    require(!T::IS_TRUST_RECORD || header.ledger.is_some(), "header.ledger")?;
    if !T::ROLES.contains(&header.issuer.role) {
        return Err(PredicateError::Role { role: header.issuer.role, kind });
    }
    check_header(header, T::MAY_BE_WITHHELD)?;
    if let Some(scope) = predicate.scope() {
        scope.subjects()?;
        let may_be_text = T::MAY_BE_TEXT
            && (header.issuer.role.is_authority() || header.issuer.role == Role::Connector);
        if scope.batches.is_text() && !may_be_text {
            let reason = "mode TEXT is for an authority's prose, in safety measures";
            return Err(PredicateError::invalid("scope.batches", reason));
        }
    }
    predicate.check()
}

fn check_header(header: &Header, may_be_withheld: bool) -> Result<(), PredicateError> {
    let is_registrar = header.issuer.role == Role::Registrar;
    if matches!(header.issuer.operator, IssuerUri::Key(_)) != is_registrar {
        return Err(PredicateError::invalid(
            "header.issuer",
            "an act of registrars names a key in the role registrar, everything else an operator",
        ));
    }
    // Registrars of two ledgers can be the same people: what they say of one is not for the other.
    if is_registrar && header.ledger.is_none() {
        let reason = "an act of registrars names the ledger that it is for";
        return Err(PredicateError::invalid("header.ledger", reason));
    }
    if !header.audience.is_public() && !may_be_withheld {
        return Err(PredicateError::invalid("header.audience", "this type is PUBLIC"));
    }
    if let Some(validity) = header.validity
        && validity.until.is_some_and(|until| until < validity.from)
    {
        return Err(PredicateError::invalid("header.validity", "it ends before it begins"));
    }
    if header.references().iter().any(|of| of.statement.is_none() && of.document.is_none()) {
        return Err(PredicateError::invalid(
            "header.references",
            "a reference names a statement, a document or both",
        ));
    }
    match &header.transcription {
        Some(transcription) if header.issuer.operator.operator() == Some(&transcription.by) => {
            Err(PredicateError::invalid(
                "header.transcription.by",
                "the issuer itself: what it signs is no transcription",
            ))
        }
        Some(_) if is_registrar => Err(PredicateError::invalid(
            "header.transcription",
            "an act of registrars can't be transcribed",
        )),
        _ => Ok(()),
    }
}
