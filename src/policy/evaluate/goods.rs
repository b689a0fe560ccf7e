//! What a query asks about, and how far a scope reaches it.
//!
//! Rules: `conformity.md`, section 4.

use crate::attestation::{BatchScope, Scope};
use crate::identifier::ProductUri;
use crate::time::Date;

/// Goods: a model, batch or item, and what is known of its making.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Goods {
    /// The product. An item whose batch is known has its lot.
    pub product: ProductUri,
    /// The day of its making, if the manufacturer has said it.
    pub produced: Option<Date>,
}

/// How far a scope reaches some goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// None of them.
    Misses,
    /// Some of them, or perhaps.
    Intersects,
    /// All of them.
    Covers,
}

impl Goods {
    /// Whether it is known which batch they are of.
    pub(super) fn has_batch(&self) -> bool {
        self.product.qualifiers().lot.is_some()
    }

    /// Whether this is one item.
    pub(super) fn is_item(&self) -> bool {
        let qualifiers = self.product.qualifiers();
        qualifiers.serial.is_some() || qualifiers.third_party.is_some()
    }

    /// How far a scope's products reach these goods; types are not looked at.
    pub(super) fn reach(&self, scope: &Scope) -> Reach {
        let products = scope.products().iter();
        let by_product = products.map(|product| self.reach_of_product(&product.id)).max();
        match by_product {
            None | Some(Reach::Misses) => Reach::Misses,
            Some(reach) => reach.min(self.reach_of_batches(&scope.batches)),
        }
    }

    /// How far a product reaches these goods.
    pub(super) fn reach_of_product(&self, product: &ProductUri) -> Reach {
        if product.covers(&self.product) {
            Reach::Covers
        } else if product.intersects(&self.product) {
            Reach::Intersects
        } else {
            Reach::Misses
        }
    }

    /// How far a choice of batches reaches these goods, given that they are of the product.
    pub(super) fn reach_of_batches(&self, batches: &BatchScope) -> Reach {
        let qualifiers = self.product.qualifiers();
        match batches {
            BatchScope::All {} => Reach::Covers,
            BatchScope::List { list } => {
                reach_of_list(list, qualifiers.lot.as_ref().map(AsRef::as_ref))
            }
            BatchScope::Serials { list } => {
                reach_of_list(list, qualifiers.serial.as_ref().map(AsRef::as_ref))
            }
            BatchScope::ProducedBetween { from, to } => match self.produced {
                None => Reach::Intersects,
                Some(day) if *from <= day && to.is_none_or(|to| day <= to) => Reach::Covers,
                Some(_) => Reach::Misses,
            },
            // An authority's prose; what it reaches is compared approximately, see `lots`.
            BatchScope::Text { .. } => Reach::Intersects,
        }
    }
}

fn reach_of_list(list: &[String], value: Option<&str>) -> Reach {
    match value {
        None => Reach::Intersects,
        Some(value) if list.iter().any(|listed| listed == value) => Reach::Covers,
        Some(_) => Reach::Misses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "https://id.gs1.org/01/09521000200012";

    fn goods(path: &str, produced: Option<&str>) -> Goods {
        Goods {
            product: format!("{MODEL}{path}").parse().unwrap(),
            produced: produced.map(|day| day.parse().unwrap()),
        }
    }

    fn scope(path: &str, batches: &str) -> Scope {
        let json = format!(r#"{{"products":[{{"id":"{MODEL}{path}"}}],"batches":{batches}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_scope_reaches_all_some_or_none_of_the_goods() {
        use Reach::{Covers, Intersects, Misses};
        let all = r#"{"mode":"ALL"}"#;
        let list = r#"{"mode":"LIST","list":["A","B"]}"#;
        let serials = r#"{"mode":"SERIALS","list":["1"]}"#;
        let window = r#"{"mode":"PRODUCED_BETWEEN","from":"2026-02-01","to":"2026-02-28"}"#;
        for (at, batches, path, produced, expected) in [
            ("", all, "", None, Covers),
            ("", all, "/10/C/21/9", None, Covers),
            ("/22/V", all, "", None, Intersects),
            ("/22/V", all, "/22/V/10/A", None, Covers),
            ("/22/V", all, "/22/W", None, Misses),
            ("", list, "", None, Intersects),
            ("", list, "/10/B", None, Covers),
            ("", list, "/10/b", None, Misses),
            ("", list, "/21/1", None, Intersects),
            ("", list, "/10/A/21/1", None, Covers),
            ("/22/V", list, "/10/A", None, Intersects),
            ("/22/V", list, "/10/C", None, Misses),
            ("", serials, "", None, Intersects),
            ("", serials, "/10/A", None, Intersects),
            ("", serials, "/21/1", None, Covers),
            ("", serials, "/10/A/21/2", None, Misses),
            ("", window, "/10/A", None, Intersects),
            ("", window, "/10/A", Some("2026-01-31"), Misses),
            ("", window, "/10/A", Some("2026-02-01"), Covers),
            ("", window, "/10/A", Some("2026-02-28"), Covers),
            ("", window, "/10/A", Some("2026-03-01"), Misses),
        ] {
            let found = goods(path, produced).reach(&scope(at, batches));
            assert_eq!(found, expected, "{at} {batches} reaches {path} {produced:?}");
        }
    }

    #[test]
    fn another_model_is_never_reached() {
        let other: Goods = Goods {
            product: "https://id.gs1.org/01/09521000300026/10/A".parse().unwrap(),
            produced: None,
        };
        for batches in [r#"{"mode":"ALL"}"#, r#"{"mode":"LIST","list":["A"]}"#] {
            assert_eq!(other.reach(&scope("", batches)), Reach::Misses);
        }
    }
}
