//! The qualifiers that make a batch or an item of a model, and how two sets of them compare.

use super::cset82::{Cset82, Lot, Serial, ThirdParty, Variant};
use super::error::IdentifierError;
use super::percent;

const KIND: &str = "product qualifiers";

/// The qualifiers of a product, in the order of its URI. All absent: a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Qualifiers {
    /// Consumer product variant, AI 22.
    pub variant: Option<Variant>,
    /// Batch or lot, AI 10.
    pub lot: Option<Lot>,
    /// Serial number, AI 21.
    pub serial: Option<Serial>,
    /// Serial assigned by a third party, AI 235; stands alone.
    pub third_party: Option<ThirdParty>,
}

impl Qualifiers {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `other` fixes every qualifier that this fixes, to the same value.
    pub fn covers(&self, other: &Self) -> bool {
        fn one<T: PartialEq>(mine: Option<&T>, theirs: Option<&T>) -> bool {
            mine.is_none() || mine == theirs
        }
        one(self.variant.as_ref(), other.variant.as_ref())
            && one(self.lot.as_ref(), other.lot.as_ref())
            && one(self.serial.as_ref(), other.serial.as_ref())
            && one(self.third_party.as_ref(), other.third_party.as_ref())
    }

    /// Whether no qualifier is fixed to two different values.
    pub fn intersects(&self, other: &Self) -> bool {
        fn one<T: PartialEq>(mine: Option<&T>, theirs: Option<&T>) -> bool {
            mine.is_none() || theirs.is_none() || mine == theirs
        }
        one(self.variant.as_ref(), other.variant.as_ref())
            && one(self.lot.as_ref(), other.lot.as_ref())
            && one(self.serial.as_ref(), other.serial.as_ref())
            && one(self.third_party.as_ref(), other.third_party.as_ref())
    }

    /// The same without the last one; `None` if there is none.
    pub(super) fn without_last(&self) -> Option<Self> {
        let mut less = self.clone();
        let has_dropped = less.third_party.take().is_some()
            || less.serial.take().is_some()
            || less.lot.take().is_some()
            || less.variant.take().is_some();
        has_dropped.then_some(less)
    }

    /// Every selection of these qualifiers, from none to all.
    pub(super) fn selections(&self) -> Vec<Self> {
        let mut selections = vec![self.clone()];
        let drops: [fn(&mut Self); 4] = [
            |less| less.variant = None,
            |less| less.lot = None,
            |less| less.serial = None,
            |less| less.third_party = None,
        ];
        for drop in drops {
            for mut less in selections.clone() {
                drop(&mut less);
                selections.push(less);
            }
            selections.sort();
            selections.dedup();
        }
        selections
    }

    /// The end of a product's URI.
    pub(super) fn path(&self) -> String {
        let three = [("22", &self.variant), ("10", &self.lot), ("21", &self.serial)];
        let mut path = String::new();
        for (ai, value) in three {
            if let Some(value) = value {
                path.extend(["/", ai, "/", &percent::encode(value.as_str())]);
            }
        }
        if let Some(value) = &self.third_party {
            path.extend(["/235/", &percent::encode(value.as_str())]);
        }
        path
    }

    /// What [`path`](Self::path) writes, as a part of a regular expression.
    pub(super) fn pattern() -> String {
        let (value, third_party) = (percent::pattern(20), percent::pattern(28));
        format!("(?:/235/{third_party}|(?:/22/{value})?(?:/10/{value})?(?:/21/{value})?)")
    }

    /// Reads the end of a product's URI, without the slash before it. Values are decoded once;
    /// whether they were encoded canonically, the caller sees by writing the path again.
    pub(super) fn parse(path: &str) -> Result<Self, IdentifierError> {
        let malformed = || {
            let expected = "/22/…, /10/… and /21/… in this order, or /235/… alone";
            IdentifierError::malformed(KIND, path, expected)
        };
        let mut qualifiers = Self::default();
        let mut segments = path.split('/');
        while let Some(ai) = segments.next() {
            let value = segments.next().and_then(percent::decode).ok_or_else(malformed)?;
            let is_free = qualifiers.third_party.is_none() && qualifiers.serial.is_none();
            match ai {
                "22" if is_free && qualifiers.lot.is_none() && qualifiers.variant.is_none() => {
                    qualifiers.variant = Some(Cset82::parse("variant", &value)?);
                }
                "10" if is_free && qualifiers.lot.is_none() => {
                    qualifiers.lot = Some(Cset82::parse("lot", &value)?);
                }
                "21" if is_free => qualifiers.serial = Some(Cset82::parse("serial", &value)?),
                "235" if qualifiers.is_empty() => {
                    qualifiers.third_party = Some(Cset82::parse("third-party serial", &value)?);
                }
                _ => return Err(malformed()),
            }
        }
        Ok(qualifiers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Qualifiers {
        if path.is_empty() { Qualifiers::default() } else { Qualifiers::parse(path).unwrap() }
    }

    #[test]
    fn qualifiers_come_in_order_and_once() {
        for good in ["22/V", "10/L", "21/S", "22/V/10/L", "22/V/21/S", "22/V/10/L/21/S", "235/X"] {
            assert_eq!(read(good).path(), format!("/{good}"));
        }
        for bad in [
            "",
            "10",
            "10/",
            "10/L/",
            "/10/L",
            "21/S/10/L",
            "10/A/10/B",
            "10/L/22/V",
            "22/V/22/V",
            "21/S/21/S",
            "235/X/21/S",
            "21/S/235/X",
            "235/X/235/X",
            "17/261231",
            "lot/L",
            "10/a/b",
            "010/L",
            "10/a%20b",
            "10/%",
        ] {
            Qualifiers::parse(bad).unwrap_err();
        }
    }

    #[test]
    fn covering_and_intersecting_follow_their_definitions() {
        // (evidence, query, covers, intersects)
        for (evidence, query, covers, intersects) in [
            ("", "", true, true),
            ("", "10/B", true, true),
            ("10/B", "", false, true),
            ("10/B", "10/B", true, true),
            ("10/B", "10/C", false, false),
            ("10/B", "10/B/21/S", true, true),
            ("10/B", "10/C/21/S", false, false),
            ("21/S", "10/B", false, true),
            ("21/S", "10/B/21/S", true, true),
            ("22/V/10/B", "10/B", false, true),
            ("22/V", "22/W/10/B", false, false),
            ("235/X", "21/S", false, true),
            ("235/X", "235/Y", false, false),
            ("10/b", "10/B", false, false),
        ] {
            let (evidence, query) = (read(evidence), read(query));
            assert_eq!(evidence.covers(&query), covers, "{evidence:?} {query:?}");
            assert_eq!(evidence.intersects(&query), intersects, "{evidence:?} {query:?}");
            assert_eq!(query.intersects(&evidence), intersects, "{evidence:?} {query:?}");
        }
    }
}
