//! Standards, by their printed names.

use crate::import::findings::Findings;
use crate::import::node::Node;

/// A standard that was assessed against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standard {
    pub(super) reference: String,
    /// Known only if it is a part of the name, as in `EN 71-1:2014+A1:2018`.
    pub(super) edition: Option<String>,
    pub(super) place: String,
}

impl Standard {
    /// The standards of an assessment.
    pub(super) fn of(assessment: &Node<'_>, findings: &mut Findings) -> Vec<Self> {
        let items = assessment.objects_of("referenceStandard", findings);
        items.iter().filter_map(|item| Self::read(item, findings)).collect()
    }

    fn read(item: &Node<'_>, findings: &mut Findings) -> Option<Self> {
        let name = item.text_of("name", findings);
        let Some(name) = name.or_else(|| item.text_of("id", findings)) else {
            let expected = "a standard with a name";
            findings.refuse(item.place(), crate::import::DefectReason::Shape { expected });
            return None;
        };
        let (reference, edition) = split(name.trim());
        let edition = edition.map(str::to_owned);
        let place = item.place_of("name");
        Some(Self { reference: reference.to_owned(), edition, place })
    }
}

/// `EN 71-1:2014+A1:2018` is edition `2014+A1:2018` of `EN 71-1`; whatever else is behind a colon is
/// part of a name.
fn split(name: &str) -> (&str, Option<&str>) {
    let is_edition = |text: &str| {
        let year = text.bytes().take_while(u8::is_ascii_digit).count();
        year == 4
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+:-/.".contains(&byte))
    };
    match name.split_once(':') {
        Some((reference, edition)) if is_edition(edition) => (reference, Some(edition)),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_a_year_behind_the_number() {
        for (name, expected) in [
            ("EN 71-1:2014+A1:2018", ("EN 71-1", Some("2014+A1:2018"))),
            ("EN IEC 62115:2020/A11:2020", ("EN IEC 62115", Some("2020/A11:2020"))),
            ("Example rule book: part 2", ("Example rule book: part 2", None)),
            ("ISO 14067:2018 Carbon", ("ISO 14067:2018 Carbon", None)),
            ("EN 71-1", ("EN 71-1", None)),
        ] {
            assert_eq!(split(name), expected);
        }
    }
}
