//! What a statement is about, as far as grants are limited by it.

use std::collections::BTreeSet;

use crate::attestation::{Module, Predicate, Statement};
use crate::identifier::{Celex, CnCode, Country};
use crate::registry::limits::Point;

/// How many points are compared: acts × products × countries. No honest statement comes near.
const POINTS_MAX: usize = 20_000;

/// The acts, modules, products and countries that a statement is about, as far as it names any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Acts, each with the module that goes with it.
    pub acts: BTreeSet<(Celex, Option<Module>)>,
    /// Products, by customs code.
    pub cn: BTreeSet<CnCode>,
    /// Countries.
    pub countries: BTreeSet<Country>,
}

impl Extent {
    /// The extent of a statement.
    pub fn of(statement: &Statement) -> Self {
        let mut extent = Self::default();
        extent.read_predicate(statement.predicate());
        for act in statement.header().legislation() {
            if !extent.acts.iter().any(|(of, _)| of == act) {
                extent.acts.insert((act.clone(), None));
            }
        }
        let scope = statement.predicate().scope();
        let countries = scope.and_then(|scope| scope.countries.as_deref());
        extent.countries.extend(countries.unwrap_or_default());
        extent
    }

    fn read_predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::ConformityCertificate(of) => {
                self.acts.extend(of.act.clone().map(|act| (act, of.module.clone())));
            }
            Predicate::ProductionQualityApproval(of) => {
                self.acts.insert((of.act.clone(), Some(of.module.clone())));
            }
            Predicate::ExternalRegistration(of) => {
                self.countries.extend(of.countries.iter().flat_map(|list| list.iter()));
            }
            Predicate::EuDeclaration(of) => {
                let modules = of.modules.iter();
                self.acts.extend(modules.map(|(act, module)| (act.clone(), Some(module.clone()))));
            }
            Predicate::Notification(of) => {
                let modules = of.modules.iter().cloned();
                self.acts.extend(modules.map(|module| (of.act.clone(), Some(module))));
                self.cn.extend(of.products.iter().flat_map(|list| list.iter().cloned()));
            }
            Predicate::Accreditation(of) => {
                let acts = of.acts.iter().flat_map(|list| list.iter().cloned());
                self.acts.extend(acts.map(|act| (act, None)));
                self.cn.extend(of.products.iter().flat_map(|list| list.iter().cloned()));
                self.countries.extend(of.countries.iter().flat_map(|list| list.iter()));
            }
            Predicate::ProductIdentity(of) => self.cn.extend(of.category.cn.clone()),
            Predicate::SafetyMeasure(of) => self.countries.extend(of.countries.iter()),
            Predicate::ListingRecord(of) => self.countries.extend(of.countries.iter()),
            _ => {}
        }
    }

    /// Every combination of what the statement names; one that names nothing has one empty point.
    /// `None` if there are more than can be compared.
    pub fn points(&self) -> Option<Vec<Point<'_>>> {
        let count = self.acts.len().max(1).checked_mul(self.cn.len().max(1))?;
        if count.checked_mul(self.countries.len().max(1))? > POINTS_MAX {
            return None;
        }
        let mut points = vec![Point::default()];
        points = cross(points, &self.acts, |point, (act, module)| {
            point.act = Some(act);
            point.module = module.as_ref();
        });
        points = cross(points, &self.cn, |point, cn| point.cn = Some(cn));
        Some(cross(points, &self.countries, |point, country| point.country = Some(*country)))
    }
}

fn cross<'a, T>(
    points: Vec<Point<'a>>,
    values: &'a BTreeSet<T>,
    set: impl Fn(&mut Point<'a>, &'a T),
) -> Vec<Point<'a>> {
    if values.is_empty() {
        return points;
    }
    let mut crossed = Vec::with_capacity(points.len() * values.len());
    for value in values {
        for mut point in points.iter().copied() {
            set(&mut point, value);
            crossed.push(point);
        }
    }
    crossed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_all_combinations_and_not_without_limit() {
        let mut extent = Extent::default();
        assert_eq!(extent.points(), Some(vec![Point::default()]));
        for act in ["32009L0048", "32014L0053"] {
            extent.acts.insert((act.parse().unwrap(), None));
        }
        extent.countries = ["FR", "DE", "NL"].map(|text| text.parse().unwrap()).into();
        let points = extent.points().unwrap();
        assert_eq!(points.len(), 6);
        assert!(points.iter().all(|of| of.act.is_some() && of.country.is_some()));

        let many =
            (0..POINTS_MAX).map(|number| format!("3{:04}R{:04}", number / 9999, number % 9999));
        extent.acts = many.map(|act| (act.parse().unwrap(), None)).collect();
        assert_eq!(extent.points(), None);
    }
}
