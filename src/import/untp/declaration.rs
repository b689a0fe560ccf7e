//! A credential in which somebody declares conformity: an EU declaration.

use crate::attestation::Role;
use crate::import::cells::Cells;
use crate::import::findings::Findings;
use crate::import::untp::kinds::Facts;
use crate::import::untp::scope;

impl Facts<'_> {
    pub(super) fn say_declaration(&self, cells: &mut Cells, findings: &mut Findings) {
        self.assessments.expect_passed("declaration", findings);
        cells.suggest("header.issuer.role", Role::Manufacturer.name(), "/issuer");
        // Whoever declares for the manufacturer is another firm.
        let role = self.terms.given("header.issuer.role");
        if role.is_none_or(|role| role == Role::Manufacturer.name()) {
            cells.suggest("manufacturer.operator", self.issuer.as_str(), "/issuer");
            match &self.issuer_name {
                Some((name, place)) => cells.suggest("manufacturer.name", *name, place),
                None => cells.need("manufacturer.name", "/issuer/name"),
            }
        } else {
            cells.need("manufacturer.operator", "/issuer");
            cells.need("manufacturer.name", "/issuer");
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
