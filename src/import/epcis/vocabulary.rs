//! Words of the Core Business Vocabulary 2.0, in each of the three ways in which they are written.

use crate::attestation::types::EventKind;

/// A business step, as `commissioning`, `urn:epcglobal:cbv:bizstep:commissioning` or
/// `https://ref.gs1.org/cbv/BizStep-commissioning`. A word of somebody's own stays as it is.
pub(super) fn biz_step(text: &str) -> &str {
    word(text, "urn:epcglobal:cbv:bizstep:", "BizStep-")
}

/// A disposition, in the same ways.
pub(super) fn disposition(text: &str) -> &str {
    word(text, "urn:epcglobal:cbv:disp:", "Disp-")
}

fn word<'a>(text: &'a str, urn: &str, name: &str) -> &'a str {
    let text = text.trim();
    let of_link = ["https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/"].into_iter();
    let of_link = of_link.filter_map(|host| text.strip_prefix(host)?.strip_prefix(name));
    text.strip_prefix(urn).or_else(|| of_link.into_iter().next()).unwrap_or(text)
}

/// The kinds of events that there are, and what they are here.
pub(super) fn kind(text: &str) -> Option<Kind> {
    Some(match text {
        "ObjectEvent" => Kind::Taken(EventKind::Object),
        "AggregationEvent" => Kind::Taken(EventKind::Aggregation),
        "TransactionEvent" => Kind::Taken(EventKind::Transaction),
        "TransformationEvent" | "AssociationEvent" => Kind::NotTaken,
        _ => return None,
    })
}

/// What a kind of event is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Taken(EventKind),
    /// The ledger has no such events.
    NotTaken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_same_in_each_of_its_forms() {
        for text in [
            "commissioning",
            "urn:epcglobal:cbv:bizstep:commissioning",
            "https://ref.gs1.org/cbv/BizStep-commissioning",
        ] {
            assert_eq!(biz_step(text), "commissioning");
        }
        assert_eq!(disposition("https://ref.gs1.org/cbv/Disp-active"), "active");
        let own = "https://words.example/steps/painting";
        assert_eq!(biz_step(own), own);
    }
}
