//! What a grant is limited to, compared with what a statement is about.

use crate::attestation::Module;
use crate::attestation::types::RoleGrant;
use crate::identifier::{Celex, CnCode, Country};

/// What a grant is limited to; what is absent has no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Acts.
    pub acts: Option<Vec<Celex>>,
    /// Modules.
    pub modules: Option<Vec<Module>>,
    /// Products, by customs code.
    pub cn: Option<Vec<CnCode>>,
    /// Countries.
    pub countries: Option<Vec<Country>>,
}

/// One thing that a statement is about: an act, with a module, for a product, in a country. What it
/// does not name is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point<'a> {
    /// The act.
    pub act: Option<&'a Celex>,
    /// The module.
    pub module: Option<&'a Module>,
    /// The product, by customs code.
    pub cn: Option<&'a CnCode>,
    /// The country.
    pub country: Option<Country>,
}

impl Limits {
    pub(super) fn of(grant: &RoleGrant) -> Self {
        Self {
            acts: grant.acts.as_ref().map(|list| list.to_vec()),
            modules: grant.modules.as_ref().map(|list| list.to_vec()),
            cn: grant.cn.as_ref().map(|list| list.to_vec()),
            countries: grant.countries.as_ref().map(|list| list.to_vec()),
        }
    }

    /// Whether a grant with these limits lets through: all that the point names lies inside.
    pub fn hold(&self, point: &Point<'_>) -> bool {
        let inside = |is_inside: Option<bool>| is_inside.unwrap_or(true);
        inside(both(self.acts.as_ref(), point.act, |acts, act| acts.contains(act)))
            && inside(both(self.modules.as_ref(), point.module, |modules, module| {
                holds_module(modules, module)
            }))
            && inside(both(self.cn.as_ref(), point.cn, |codes, cn| holds_product(codes, cn)))
            && inside(both(self.countries.as_ref(), point.country, |countries, country| {
                holds_country(countries, country)
            }))
    }

    /// Whether a revocation with these limits hits: nothing that it is limited to lies outside of
    /// the point, and the point names all of it.
    pub fn hit(&self, point: &Point<'_>) -> bool {
        hits(self.acts.as_ref(), point.act, |acts, act| acts.contains(act))
            && hits(self.modules.as_ref(), point.module, |modules, module| {
                hits_module(modules, module)
            })
            && hits(self.cn.as_ref(), point.cn, |codes, cn| hits_product(codes, cn))
            && hits(self.countries.as_ref(), point.country, |countries, country| {
                hits_country(countries, country)
            })
    }
}

fn both<L, V>(limit: Option<L>, value: Option<V>, is: impl Fn(L, V) -> bool) -> Option<bool> {
    Some(is(limit?, value?))
}

pub(super) fn hits<L, V>(limit: Option<L>, value: Option<V>, is: impl Fn(L, V) -> bool) -> bool {
    limit.is_none_or(|limit| value.is_some_and(|value| is(limit, value)))
}

/// A chain such as `B+C` lies inside if it is listed, or each of its parts.
pub(super) fn holds_module(modules: &[Module], module: &Module) -> bool {
    let is_listed = |text: &str| modules.iter().any(|of| of.as_str() == text);
    is_listed(module.as_str()) || module.as_str().split('+').all(is_listed)
}

pub(super) fn hits_module(modules: &[Module], module: &Module) -> bool {
    let is_listed = |text: &str| modules.iter().any(|of| of.as_str() == text);
    is_listed(module.as_str()) || module.as_str().split('+').any(is_listed)
}

pub(super) fn holds_product(codes: &[CnCode], cn: &CnCode) -> bool {
    codes.iter().any(|code| cn.is_within(code))
}

pub(super) fn hits_product(codes: &[CnCode], cn: &CnCode) -> bool {
    codes.iter().any(|code| cn.is_within(code) || code.is_within(cn))
}

pub(super) fn holds_country(countries: &[Country], country: Country) -> bool {
    let is_listed = |of: &Country| countries.iter().any(|listed| listed.expand().contains(of));
    countries.contains(&country) || country.expand().iter().all(is_listed)
}

pub(super) fn hits_country(countries: &[Country], country: Country) -> bool {
    let is_listed = |of: &Country| countries.iter().any(|listed| listed.expand().contains(of));
    country.expand().iter().any(is_listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list<T: std::str::FromStr>(texts: &[&str]) -> Vec<T> {
        texts.iter().map(|text| text.parse().ok().unwrap()).collect()
    }

    fn limits() -> Limits {
        Limits {
            acts: Some(list(&["32014L0053"])),
            modules: Some(list(&["B", "C"])),
            cn: Some(list(&["8517"])),
            countries: Some(list(&["FR", "DE"])),
        }
    }

    #[test]
    fn a_grant_holds_what_lies_inside_and_what_is_not_named() {
        let (radio, toys): (Celex, Celex) =
            ("32014L0053".parse().unwrap(), "32009L0048".parse().unwrap());
        let [chain, other]: [Module; 2] = ["B+C", "B+D"].map(|text| text.parse().unwrap());
        let [phone, plush]: [CnCode; 2] = ["85176200", "95030041"].map(|of| of.parse().unwrap());
        let [france, spain]: [Country; 2] = ["FR", "ES"].map(|text| text.parse().unwrap());
        let point = Point {
            act: Some(&radio),
            module: Some(&chain),
            cn: Some(&phone),
            country: Some(france),
        };
        for (point, holds) in [
            (point, true),
            (Point::default(), true),
            (Point { act: Some(&toys), ..point }, false),
            (Point { module: Some(&other), ..point }, false),
            (Point { cn: Some(&plush), ..point }, false),
            (Point { country: Some(spain), ..point }, false),
            (Point { country: Some(Country::EU), ..point }, false),
        ] {
            assert_eq!(limits().hold(&point), holds, "{point:?}");
            assert!(Limits::default().hold(&point) && Limits::default().hit(&point));
        }
        let eu = Limits { countries: Some(vec![Country::EU]), ..Limits::default() };
        assert!(eu.hold(&Point { country: Some(spain), ..Point::default() }));
        assert!(eu.hold(&Point { country: Some(Country::EU), ..Point::default() }));
    }

    #[test]
    fn a_limited_revocation_hits_only_what_names_it() {
        let radio: Celex = "32014L0053".parse().unwrap();
        let limits = Limits { acts: Some(list(&["32014L0053"])), ..Limits::default() };
        assert!(limits.hit(&Point { act: Some(&radio), ..Point::default() }));
        assert!(!limits.hit(&Point::default()));
    }
}
