//! What a credential becomes: a certificate, a declaration or a test report.

use crate::attestation::{PredicateKind, Role};
use crate::identifier::{OperatorScheme, OperatorUri};
use crate::import::cells::Cells;
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::terms::Terms;
use crate::import::untp::assessments::Assessments;
use crate::import::untp::standard::Standard;
use crate::import::untp::{party, scope};
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
        match kind {
            PredicateKind::ConformityCertificate => self.say_certificate(cells, findings),
            PredicateKind::EuDeclaration => self.say_declaration(cells, findings),
            _ => self.say_report(cells),
        }
    }

    fn say_certificate(&self, cells: &mut Cells, findings: &mut Findings) {
        self.assessments.expect_passed("certificate", findings);
        cells.say("result", "CONFORMS", &self.attestation.place_of("assessment"));
        let holder_place = self.attestation.place_of("issuedToParty");
        let holder = self.holder(findings);
        match &holder {
            Some(holder) => cells.suggest("holder", holder.as_str(), &holder_place),
            None => cells.need("holder", &*holder_place),
        }
        scope::say_type(
            holder.as_ref().map(|holder| (holder, holder_place.as_str())),
            true,
            &self.goods_place(),
            self.terms,
            cells,
        );
        self.say_standards("standards_tested", cells);
        match self.assessments.acts.as_slice() {
            [] => self.say_scheme(cells, findings),
            [(act, place)] => {
                cells.suggest("header.issuer.role", Role::NotifiedBody.name(), place);
                cells.say("header.legislation", act.as_str(), place);
                cells.say("act", act.as_str(), place);
                cells.need("module", &*self.attestation.place_of("module"));
                self.say_body_number(cells);
            }
            [_, (_, place), ..] => {
                let found = self.assessments.acts.len();
                findings.refuse(place, DefectReason::Several { what: "acts", found });
            }
        }
    }

    /// Outside the law of the Union: a certificate under a scheme of its own.
    fn say_scheme(&self, cells: &mut Cells, findings: &mut Findings) {
        let scheme = self.attestation.member("scope");
        let place = self.attestation.place_of("scope");
        let is_notified = self.issuer.scheme() == OperatorScheme::Nando;
        let role = if is_notified { Role::NotifiedBody } else { Role::CertificationBody };
        cells.suggest("header.issuer.role", role.name(), &place);
        cells.say("voluntary", "true", &place);
        let name = scheme.as_ref().and_then(|scheme| {
            scheme.text_of("name", findings).or_else(|| scheme.text_of("id", findings))
        });
        match name {
            Some(name) => cells.say("scheme", name, &place),
            None => cells.need("scheme", &*place),
        }
    }

    /// The number of a notified body is its name, if that is how it is named.
    fn say_body_number(&self, cells: &mut Cells) {
        let place = self.attestation.place_of("authorisation");
        if self.issuer.scheme() == OperatorScheme::Nando {
            cells.suggest("body_number", self.issuer.value(), "/issuer");
        } else {
            cells.need("body_number", place);
        }
    }

    fn say_declaration(&self, cells: &mut Cells, findings: &mut Findings) {
        self.assessments.expect_passed("declaration", findings);
        cells.suggest("header.issuer.role", Role::Manufacturer.name(), "/issuer");
        cells.suggest("manufacturer.operator", self.issuer.as_str(), "/issuer");
        match &self.issuer_name {
            Some((name, place)) => cells.suggest("manufacturer.name", *name, place),
            None => cells.need("manufacturer.name", "/issuer/name"),
        }
        cells.need("manufacturer.postal", "/issuer");
        cells.need("sole_responsibility", self.attestation.place());
        let described = self.described(findings);
        match described {
            Some((text, place)) => cells.suggest("object.description", text, &place),
            None => cells.need("object.description", self.goods_place()),
        }
        for member in ["name_digest", "function", "place", "date"] {
            cells.need(&format!("signatory.{member}"), "/issuer");
        }
        self.say_standards("header.standards", cells);
        self.say_legislation(cells);
        cells.need("header.legislation", self.attestation.place_of("assessment"));
        for (act, place) in &self.assessments.acts {
            cells.need(&format!("modules.{act}"), &**place);
        }
        let holder = Some((self.issuer, "/issuer"));
        scope::say_type(holder, false, &self.goods_place(), self.terms, cells);
    }

    fn say_report(&self, cells: &mut Cells) {
        cells.suggest("header.issuer.role", Role::Lab.name(), "/issuer");
        self.say_legislation(cells);
        cells.need("accreditation", self.attestation.place_of("authorisation"));
        for column in ["sample.id", "sample.received"] {
            cells.need(column, self.goods_place());
        }
        let list = &self.assessments.list;
        let days: Option<Vec<_>> = list.iter().map(|of| of.day).collect();
        let place = self.attestation.place_of("assessment");
        for (column, day) in [
            ("tested_from", days.as_ref().and_then(|days| days.iter().min())),
            ("tested_until", days.as_ref().and_then(|days| days.iter().max())),
        ] {
            match day {
                Some(day) => cells.suggest(column, day.to_string(), &place),
                None => cells.need(column, format!("{place}/0/assessmentDate")),
            }
        }
        let mut number = 0;
        for assessment in list {
            let result = if assessment.is_passed { "PASS" } else { "FAIL" };
            let standards = assessment.standards.iter().map(Some);
            let none = assessment.standards.is_empty().then_some(None);
            for standard in standards.chain(none) {
                number += 1;
                let test = format!("tests.{number}");
                let place = format!("{}/referenceStandard", assessment.place);
                say_tested(&test, standard, &place, cells);
                let place = format!("{}/conformance", assessment.place);
                cells.say(&format!("{test}.result"), result, &place);
            }
        }
        let overall = if list.iter().all(|of| of.is_passed) { "PASS" } else { "FAIL" };
        cells.say("overall", overall, &place);
        let is_by_batch = self.assessments.goods.iter().any(|of| of.lot.is_some())
            && self.assessments.goods.iter().all(|of| of.serial.is_none());
        self.say_type_of_report(is_by_batch, cells);
    }

    fn say_type_of_report(&self, is_by_batch: bool, cells: &mut Cells) {
        let place = self.attestation.place_of("issuedToParty");
        // A party that can't be told is missed only if there is a type to be named.
        let holder = self.holder(&mut Findings::default());
        if holder.is_none() && (!is_by_batch || self.terms.gives(scope::DESIGNATION)) {
            cells.need("scope.types.1.holder", &*place);
        }
        let holder = holder.as_ref().map(|holder| (holder, place.as_str()));
        scope::say_type(holder, !is_by_batch, &self.goods_place(), self.terms, cells);
    }

    fn say_legislation(&self, cells: &mut Cells) {
        let acts = &self.assessments.acts;
        if let Some((_, place)) = acts.first() {
            let numbers: Vec<&str> = acts.iter().map(|(act, _)| act.as_str()).collect();
            cells.say("header.legislation", numbers.join(&SEPARATOR.to_string()), place);
        }
    }

    /// Standards with how far they were applied, which the format does not say.
    fn say_standards(&self, member: &str, cells: &mut Cells) {
        for (number, standard) in (1..).zip(self.assessments.standards()) {
            let column = format!("{member}.{number}");
            cells.say(&format!("{column}.ref"), &*standard.reference, &standard.place);
            match &standard.edition {
                Some(edition) => {
                    cells.say(&format!("{column}.edition"), &**edition, &standard.place)
                }
                None => cells.need(&format!("{column}.edition"), &*standard.place),
            }
            cells.need(&format!("{column}.extent"), &*standard.place);
        }
    }

    /// To whom it was issued; an identifier of it that is none is a defect.
    fn holder(&self, findings: &mut Findings) -> Option<OperatorUri> {
        party::operator(&self.attestation.member("issuedToParty")?, findings)
    }

    fn goods_place(&self) -> String {
        let goods = self.assessments.goods.first().map(|of| of.place.clone());
        goods.unwrap_or_else(|| self.attestation.place_of("assessment"))
    }

    /// The names of the products.
    fn described(&self, findings: &mut Findings) -> Option<(String, String)> {
        let assessment = self.attestation.items_of("assessment").into_iter().next()?;
        let products = assessment.items_of("assessedProduct");
        let mut names = Vec::new();
        for item in &products {
            let product = item.member("product").unwrap_or_else(|| item.clone());
            names.extend(product.text_of("name", findings));
        }
        let place = products.first()?.place().to_owned();
        (!names.is_empty()).then(|| (names.join("; "), place))
    }
}

/// The standard of a test, or what there is of it.
fn say_tested(test: &str, standard: Option<&Standard>, place: &str, cells: &mut Cells) {
    let (column, edition) = (format!("{test}.standard"), format!("{test}.edition"));
    match standard {
        Some(standard) => cells.say(&column, &*standard.reference, &standard.place),
        None => cells.need(&column, place),
    }
    match standard.and_then(|standard| Some((standard.edition.as_ref()?, &standard.place))) {
        Some((text, place)) => cells.say(&edition, &**text, place),
        None => cells.need(&edition, standard.map_or(place, |of| of.place.as_str())),
    }
}
