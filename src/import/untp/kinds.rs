//! What a credential becomes: a certificate, a declaration or a test report.

use crate::attestation::PredicateKind;
use crate::identifier::OperatorUri;
use crate::import::cells::Cells;
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::terms::Terms;
use crate::import::untp::assessments::Assessments;
use crate::import::untp::party;
use crate::table::SEPARATOR;

/// What is known of a credential before its kind is looked at.
pub(super) struct Facts<'a> {
    pub(super) attestation: &'a Node<'a>,
    pub(super) issuer: &'a OperatorUri,
    pub(super) issuer_name: Option<(&'a str, String)>,
    pub(super) assessments: &'a Assessments,
    pub(super) terms: &'a Terms,
}

/// The type that an attestation becomes. Inspections, verifications and the like have none.
pub(super) fn kind(attestation: &Node<'_>, findings: &mut Findings) -> Option<PredicateKind> {
    let place = attestation.place_of("attestationType");
    let Some(word) = attestation.text_of("attestationType", findings) else {
        let expected = "certification, declaration or testing";
        findings.refuse(&place, DefectReason::Shape { expected });
        return None;
    };
    match word {
        "certification" => Some(PredicateKind::ConformityCertificate),
        "declaration" => Some(PredicateKind::EuDeclaration),
        "testing" => Some(PredicateKind::TestReport),
        other => {
            findings.refuse(&place, DefectReason::EvidenceOnly { found: shown(other) });
            None
        }
    }
}

impl Facts<'_> {
    /// Adds what the kind has of its own.
    pub(super) fn say(&self, kind: PredicateKind, cells: &mut Cells, findings: &mut Findings) {
        self.expect_goods(kind, findings);
        match kind {
            PredicateKind::ConformityCertificate => self.say_certificate(cells, findings),
            PredicateKind::EuDeclaration => self.say_declaration(cells, findings),
            _ => self.say_report(cells, findings),
        }
    }

    /// A certificate or test of a site or of a firm is none of a product: nothing here stands for it.
    fn expect_goods(&self, kind: PredicateKind, findings: &mut Findings) {
        let word = match kind {
            PredicateKind::ConformityCertificate => "certification",
            PredicateKind::TestReport => "testing",
            _ => return,
        };
        let Some(first) = self.assessments.list.first() else { return };
        let place = format!("{}/assessedProduct", first.place);
        if self.assessments.goods.is_empty() && !findings.has_at(&place) {
            let found = format!("{word} of no product");
            findings.refuse(&place, DefectReason::EvidenceOnly { found });
        }
    }

    pub(super) fn say_legislation(&self, cells: &mut Cells) {
        let acts = &self.assessments.acts;
        if let Some((_, place)) = acts.first() {
            let numbers: Vec<&str> = acts.iter().map(|(act, _)| act.as_str()).collect();
            cells.say("header.legislation", numbers.join(&SEPARATOR.to_string()), place);
        }
    }

    /// Standards with how far they were applied, which the format does not say.
    pub(super) fn say_standards(&self, member: &str, cells: &mut Cells) {
        for (number, standard) in (1..).zip(self.assessments.standards()) {
            let column = format!("{member}.{number}");
            cells.say(&format!("{column}.ref"), &*standard.reference, &standard.place);
            match &standard.edition {
                Some(edition) => {
                    cells.say(&format!("{column}.edition"), &**edition, &standard.place);
                }
                None => cells.need(&format!("{column}.edition"), &*standard.place),
            }
            cells.need(&format!("{column}.extent"), &*standard.place);
        }
    }

    /// To whom it was issued; an identifier of it that is none is a defect.
    pub(super) fn holder(&self, findings: &mut Findings) -> Option<OperatorUri> {
        party::operator(&self.attestation.member("issuedToParty")?, findings)
    }

    pub(super) fn goods_place(&self) -> String {
        let goods = self.assessments.goods.first().map(|of| of.place.clone());
        goods.unwrap_or_else(|| self.attestation.place_of("assessment"))
    }
}
