//! A credential of a certification: a certificate under an act of the Union, or under a scheme.

use crate::attestation::Role;
use crate::identifier::OperatorScheme;
use crate::import::cells::Cells;
use crate::import::defect::DefectReason;
use crate::import::findings::Findings;
use crate::import::untp::kinds::Facts;
use crate::import::untp::scope;

impl Facts<'_> {
    pub(super) fn say_certificate(&self, cells: &mut Cells, findings: &mut Findings) {
        self.assessments.expect_passed("certificate", findings);
        cells.say("result", "CONFORMS", &self.attestation.place_of("assessment"));
        let holder_place = self.attestation.place_of("issuedToParty");
        let holder = self.holder(findings);
        match &holder {
            Some(holder) => cells.suggest("holder", holder.as_str(), &holder_place),
            None => cells.need_unless_refused("holder", &holder_place, findings),
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
}
