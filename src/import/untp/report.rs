//! A credential of a test: a test report.

use crate::attestation::Role;
use crate::import::cells::Cells;
use crate::import::findings::Findings;
use crate::import::untp::kinds::Facts;
use crate::import::untp::scope;
use crate::import::untp::standard::Standard;

impl Facts<'_> {
    pub(super) fn say_report(&self, cells: &mut Cells, findings: &Findings) {
        cells.suggest("header.issuer.role", Role::Lab.name(), "/issuer");
        self.say_legislation(cells);
        cells.need("accreditation", self.attestation.place_of("authorisation"));
        for column in ["sample.id", "sample.received"] {
            cells.need(column, self.goods_place());
        }
        let list = &self.assessments.list;
        let days: Option<Vec<_>> = list.iter().map(|of| of.day).collect();
        let place = self.attestation.place_of("assessment");
        let undated = list.iter().find(|of| of.day.is_none());
        let missing = undated.map(|of| format!("{}/assessmentDate", of.place));
        let missing = missing.unwrap_or_else(|| place.clone());
        for (column, day) in [
            ("tested_from", days.as_ref().and_then(|days| days.iter().min())),
            ("tested_until", days.as_ref().and_then(|days| days.iter().max())),
        ] {
            match day {
                Some(day) => cells.suggest(column, day.to_string(), &place),
                None => cells.need_unless_refused(column, &missing, findings),
            }
        }
        let mut number = 0;
        for assessment in list {
            let result = if assessment.is_passed == Some(true) { "PASS" } else { "FAIL" };
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
        let overall =
            if list.iter().all(|of| of.is_passed == Some(true)) { "PASS" } else { "FAIL" };
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
}

/// The standard of a test, or what there is of it.
fn say_tested(test: &str, standard: Option<&Standard>, place: &str, cells: &mut Cells) {
    let (column, edition) = (format!("{test}.standard"), format!("{test}.edition"));
    match standard {
        Some(standard) => cells.say(&column, &*standard.reference, &standard.place),
        None => cells.need(&column, place),
    }
    match standard.and_then(|standard| Some((standard.edition.as_ref()?, &standard.place))) {
        Some((found, place)) => cells.say(&edition, &**found, place),
        None => cells.need(&edition, standard.map_or(place, |of| of.place.as_str())),
    }
}
