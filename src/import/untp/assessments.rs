//! The assessments of a credential: against what, of what, with which result.

use crate::identifier::Celex;
use crate::import::cells::Cells;
use crate::import::defect::DefectReason;
use crate::import::findings::Findings;
use crate::import::node::Node;
use crate::import::untp::goods::Goods;
use crate::import::untp::links::say_links;
use crate::import::untp::standard::Standard;
use crate::import::untp::{act, scope};
use crate::import::zone::{Moment, Zone};
use crate::time::Date;

/// Members of an assessment that no statement has a place for.
const LEFT_BEHIND: [&str; 6] = [
    "assessedOrganisation",
    "assessmentCriteria",
    "auditor",
    "conformityTopic",
    "declaredValue",
    "description",
];

/// One assessment.
#[derive(Debug)]
pub(super) struct Assessment {
    /// `None` if it is not said, which is a defect.
    pub(super) is_passed: Option<bool>,
    pub(super) standards: Vec<Standard>,
    pub(super) day: Option<Date>,
    pub(super) place: String,
}

/// What all assessments of a credential come to.
#[derive(Debug)]
pub(super) struct Assessments {
    pub(super) list: Vec<Assessment>,
    /// Each act once, with the first place that names it.
    pub(super) acts: Vec<(Celex, String)>,
    pub(super) goods: Vec<Goods>,
}

impl Assessments {
    /// Reads the assessments of an attestation. Files and sites go to the cells.
    pub(super) fn read(
        attestation: &Node<'_>,
        zone: Option<Zone>,
        cells: &mut Cells,
        findings: &mut Findings,
    ) -> Self {
        let mut found = Self { list: Vec::new(), acts: Vec::new(), goods: Vec::new() };
        let nodes = attestation.objects_of("assessment", findings);
        let place = attestation.place_of("assessment");
        if nodes.is_empty() && !findings.has_at(&place) {
            let expected = "at least one assessment";
            findings.refuse(&place, DefectReason::Shape { expected });
        }
        let mut facilities = Vec::new();
        // Of goods that could not be read, nobody can tell whether others are the same.
        let mut is_refused = false;
        for (number, node) in nodes.iter().enumerate() {
            let goods = Goods::of(node, findings);
            let place = node.place_of("assessedProduct");
            if number == 0 {
                found.goods = goods;
            } else if !are_same(&found.goods, &goods) && !is_refused && !findings.has_at(&place) {
                let what = "the products of the assessments";
                findings.refuse(&place, DefectReason::Mixed { what });
            }
            is_refused |= number == 0 && findings.has_at(&place);
            facilities.extend(node.objects_of("assessedFacility", findings));
            found.add_acts(node, findings);
            found.list.push(Assessment::read(node, zone, findings));
            say_links(node, cells, findings);
            node.note_left_behind(&LEFT_BEHIND, findings);
        }
        scope::say_sites(&facilities, cells, findings);
        found
    }

    fn add_acts(&mut self, node: &Node<'_>, findings: &mut Findings) {
        for regulation in node.objects_of("referenceRegulation", findings) {
            let Some(id) = regulation.member("id") else {
                findings.note(regulation.place(), "not carried over: no URI names the regulation");
                continue;
            };
            match id.text(findings).and_then(act::celex) {
                Some(act) if self.acts.iter().any(|(known, _)| *known == act) => {}
                Some(act) => self.acts.push((act, id.place().to_owned())),
                None => findings.note(
                    id.place(),
                    "not carried over: neither a CELEX number nor an ELI of an act of the Union",
                ),
            }
        }
    }

    /// Whether every assessment was passed; each that was not is a defect of a document that says so.
    pub(super) fn expect_passed(&self, kind: &'static str, findings: &mut Findings) {
        for assessment in self.list.iter().filter(|of| of.is_passed == Some(false)) {
            let place = format!("{}/conformance", assessment.place);
            findings.refuse(&place, DefectReason::NotPassed { kind });
        }
    }

    /// Every standard once.
    pub(super) fn standards(&self) -> Vec<&Standard> {
        let mut standards: Vec<&Standard> = Vec::new();
        for standard in self.list.iter().flat_map(|of| &of.standards) {
            let is_known = |of: &&Standard| {
                of.reference == standard.reference && of.edition == standard.edition
            };
            if !standards.iter().any(is_known) {
                standards.push(standard);
            }
        }
        standards
    }
}

impl Assessment {
    fn read(node: &Node<'_>, zone: Option<Zone>, findings: &mut Findings) -> Self {
        let conformance = node.member("conformance").and_then(|of| of.value().as_bool());
        if conformance.is_none() {
            let expected = "true or false: what is not said was not passed";
            findings.refuse(&node.place_of("conformance"), DefectReason::Shape { expected });
        }
        // What is no date, the sweep has found.
        let day = node.member("assessmentDate").and_then(|of| of.value().as_str());
        let day = day.and_then(|text| Moment::read(text, zone).ok()).map(Moment::first_day);
        let standards = Standard::of(node, findings);
        let place = node.place().to_owned();
        Self { is_passed: conformance, standards, day, place }
    }
}

fn are_same(all: &[Goods], other: &[Goods]) -> bool {
    let holds = |all: &[Goods], one: &Goods| all.iter().any(|of| of.is_same(one));
    all.iter().all(|one| holds(other, one)) && other.iter().all(|one| holds(all, one))
}
