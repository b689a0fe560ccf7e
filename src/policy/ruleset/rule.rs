//! The rules of a rule set: requirements, and what hits a product.

use std::fmt;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::attestation::types::{MandateKind, MeasureKind, RegistryName, ReportKind, ReportResult};
use crate::attestation::{Module, PredicateKind, Role};
use crate::identifier::{Celex, Country};
use crate::policy::assurance::Assurance;
use crate::policy::law::LawRef;
use crate::policy::ruleset::check::Check;
use crate::policy::ruleset::condition::Condition;
use crate::policy::texts::Texts;
use crate::time::Date;

/// What a rule does to the verdict; the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing: it is shown.
    Warn,
    /// A person must decide.
    Review,
    /// Not listable.
    Deny,
}

/// Something that must be provable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its code, unique in the rule set.
    pub code: String,
    /// What a failure does.
    pub severity: Severity,
    /// What is required, in words.
    pub title: Option<Texts>,
    /// What to do, and who can supply what is missing.
    pub fix: Option<Texts>,
    /// The law behind it, in the order of the rule set.
    pub law: Vec<LawRef>,
    /// When it holds; always if absent.
    pub when: Option<Condition>,
    /// Before this day a failure only warns.
    pub effective_on: Option<Date>,
    /// The weakest evidence that counts; the rule set's if absent.
    pub assurance_min: Option<Assurance>,
    /// The ways to meet it, at least one; the best outcome counts.
    pub any_of: Vec<Alternative>,
}

/// A way to meet a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// A check that stands alone.
    Check(Check),
    /// Evidence of a type, with all that is demanded of it.
    Evidence(Box<EvidenceRule>),
}

/// Evidence of one type. Empty lists and absent members demand nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRule {
    /// The type of the record.
    pub kind: PredicateKind,
    /// The issuer acts in one of these roles.
    pub by: Vec<Role>,
    /// Mandates: of this kind.
    pub mandate_kind: Option<MandateKind>,
    /// Test reports: of this kind.
    pub report_kind: Option<ReportKind>,
    /// Declarations, certificates and approvals: they name one of these acts.
    pub legislation_any: Vec<Celex>,
    /// Test reports and certificates: each of these was tested, as `EN 71-1`.
    pub standards_all: Vec<String>,
    /// Test reports: this clause of one of `standards_all` was tested by itself.
    pub clause: Option<String>,
    /// Test reports: with this overall result, and in each test on `standards_all`.
    pub result: Option<ReportResult>,
    /// The record was issued at most so many days before the query's day, the last one included.
    pub max_age_days: Option<u32>,
    /// Declarations (for one of `legislation_any`), certificates and approvals: by this procedure. `B`
    /// is also met by a declaration with `B+C`, and so on.
    pub module: Option<Module>,
    /// What `certificate.term_max` allows, in days.
    pub term_max_days: Option<u32>,
    /// The same in calendar years: the last of them ends the day before its anniversary.
    pub term_max_years: Option<NonZeroU16>,
    /// Declarations, certificates and approvals: the last day on which those that are meant here are
    /// valid, whatever they say themselves. It holds wherever the rule set looks at one.
    pub valid_until_max: Option<Date>,
    /// Test reports: the laboratory was accredited for these on the day of issue.
    pub lab_accredited_for: Option<LabAccreditation>,
    /// Test reports: the laboratory's role named one of these acts on the day of issue.
    pub lab_granted_for: Vec<Celex>,
    /// Certificates and approvals: the body was notified on the day of issue for its act, which is one of
    /// these, and for its module.
    pub nb_notified_for: Vec<Celex>,
    /// External registrations: in this register. The newest entry of a holder counts.
    pub registry: Option<Register>,
    /// External registrations: for this waste stream.
    pub stream: Option<String>,
    /// It counts for one batch at a time.
    pub per: Option<Per>,
    /// Mandates: these parties have signed.
    pub signatures: Vec<MandateParty>,
    /// What is compared besides, all of it.
    pub checks: Vec<Check>,
}

/// The register in which an entry has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Register {
    /// This one.
    One(RegistryName),
    /// `EPR`: the register of producers of each destination.
    OfDestinations,
}

impl Register {
    /// Whether producers are registered in it for one waste stream at a time.
    pub const fn has_streams(self) -> bool {
        match self {
            Self::One(name) => name.has_streams(),
            Self::OfDestinations => true,
        }
    }

    /// Those that have something to say of goods for these countries.
    pub fn asked(self, countries: &[Country]) -> Vec<RegistryName> {
        match self {
            Self::One(name) if countries.iter().any(|of| name.is_for(*of)) => vec![name],
            Self::One(_) => Vec::new(),
            Self::OfDestinations => {
                let in_eu = countries.iter().copied().filter(|country| country.is_in_eu());
                in_eu.map(RegistryName::Epr).collect()
            }
        }
    }
}

impl TryFrom<String> for Register {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "EPR" { Ok(Self::OfDestinations) } else { text.parse().map(Self::One) }
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name) => fmt::Display::fmt(name, f),
            Self::OfDestinations => f.write_str("EPR"),
        }
    }
}

/// What a laboratory has to be accredited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabAccreditation {
    /// For each standard that the rule demands.
    Standards,
}

/// What evidence counts for at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// For a batch.
    Batch,
}

/// A party to a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MandateParty {
    /// Who gives it.
    Mandator,
    /// Who takes it.
    Mandatary,
}

/// Records that hit a product: it is looked for all of them, and there must be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negative {
    /// Its code, unique in the rule set.
    pub code: String,
    /// What it is about, in words.
    pub title: Option<Texts>,
    /// What to do, and who can end it.
    pub fix: Option<Texts>,
    /// The law behind it, in the order of the rule set.
    pub law: Vec<LawRef>,
    /// The types of records, at least one: measures, or concerns, or documents that goods of this
    /// kind do not have.
    pub types: Vec<PredicateKind>,
    /// Measures: of these kinds only; of all kinds if empty.
    pub kinds: Vec<MeasureKind>,
    /// Measures: not of these kinds.
    pub except_kinds: Vec<MeasureKind>,
    /// Issued in one of these roles; in any role if empty.
    pub by: Vec<Role>,
    /// What a hit on all that the query names does; a hit on a part calls for review at most.
    pub on_hit: Severity,
    /// What a hit by likeness does.
    pub on_approx: Severity,
}

/// What kind of record speaks against a product. One rule is on one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adverse {
    /// Recalls, bans, warnings.
    Measures,
    /// Doubts that somebody has raised.
    Concerns,
    /// What the manufacturer declared, or was given: that it is there at all is the finding.
    Documents,
}

impl Adverse {
    /// What a type of record is; `None` for those that speak against nothing.
    pub(super) const fn of(kind: PredicateKind) -> Option<Self> {
        match kind {
            PredicateKind::SafetyMeasure => Some(Self::Measures),
            PredicateKind::ConcernReport => Some(Self::Concerns),
            PredicateKind::EuDeclaration
            | PredicateKind::ConformityCertificate
            | PredicateKind::ProductionQualityApproval => Some(Self::Documents),
            _ => None,
        }
    }
}

impl Negative {
    /// What it is on.
    pub fn adverse(&self) -> Adverse {
        // Reading has refused every other type.
        let first = self.types.first().copied();
        first.and_then(Adverse::of).unwrap_or(Adverse::Measures)
    }

    /// Whether concerns are meant, and nothing else.
    pub fn is_of_concerns(&self) -> bool {
        self.adverse() == Adverse::Concerns
    }

    /// Whether measures are meant, and nothing else.
    pub fn is_of_measures(&self) -> bool {
        self.adverse() == Adverse::Measures
    }

    /// Whether measures of this kind are meant.
    pub fn has_kind(&self, kind: MeasureKind) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind)) && !self.except_kinds.contains(&kind)
    }

    /// Whether records issued in this role are meant.
    pub fn has_role(&self, role: Role) -> bool {
        self.by.is_empty() || self.by.contains(&role)
    }
}
