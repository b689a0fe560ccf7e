//! One file a predicate type: its members, its rules, what it feeds.

mod operator_registration;
mod role_grant;
mod accreditation;
mod notification;
mod key_event;
mod registrar_change;
mod policy;
mod classes;
mod product_identity;
mod eu_declaration;
mod conformity_certificate;
mod production_quality_approval;
mod test_report;
mod importer_declaration;
mod mandate;
mod traceability_event;
mod registry_name;
mod external_registration;
mod status_change;
mod safety_measure;
mod measure_update;
mod supersession;
mod concern_report;
mod erasure_order;
mod trader_verification;
mod conformity_verdict;
mod listing_record;

pub use accreditation::{Accreditation, Norm, StandingAction};
pub use classes::{BatteryCategory, ClassAttribute, PpeCategory};
pub use concern_report::{ConcernReport, ConcernTarget};
pub use conformity_certificate::{CertificateResult, ConformityCertificate};
pub use conformity_verdict::{ConformityVerdict, PolicyRef, VerdictWord};
pub use erasure_order::{ErasureGround, ErasureOrder};
pub use eu_declaration::{
    DeclaredObject, EuDeclaration, NamedParty, NotifiedBodyMention, Signatory,
};
pub use external_registration::{ExternalRegistration, RegistrationStatus};
pub use importer_declaration::{DocumentsChecked, ImporterContact, ImporterDeclaration};
pub use key_event::{KeyAction, KeyEvent};
pub use listing_record::{ListingAction, ListingRecord};
pub use mandate::{Mandate, MandateKind};
pub use measure_update::{MeasureChange, MeasureUpdate};
pub use notification::Notification;
pub use operator_registration::{NationalId, OperatorRegistration};
pub use policy::PolicyPublication;
pub use product_identity::{
    Attributes, Category, Contained, IdentityType, IntendedAge, ProductIdentity,
};
pub use production_quality_approval::ProductionQualityApproval;
pub use registrar_change::RegistrarChange;
pub use registry_name::RegistryName;
pub use role_grant::{GrantAction, RoleGrant};
pub use safety_measure::{MeasureKind, Remedy, Risk, RiskLevel, SafetyMeasure};
pub use status_change::{StatusAction, StatusChange, StatusReason, StatusTarget};
pub use supersession::Supersession;
pub use test_report::{Measured, ReportKind, ReportResult, Sample, SingleTest, TestReport};
pub use traceability_event::{EventItems, EventKind, EventPlace, SerialRange, TraceabilityEvent};
pub use trader_verification::{TraderCheck, TraderItem, TraderResult, TraderVerification};
