//! What evidence shows, in plain words of each language.

use crate::audit::Quoted;
use crate::fraud::contradiction::Contradiction;
use crate::policy::Locale;

impl Contradiction {
    /// What contradicts what, in one sentence.
    pub fn text(&self, locale: Locale) -> String {
        match locale {
            Locale::En => self.english(),
            Locale::Fr => self.french(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Roots { size, older, newer } => format!(
                "over its first {size} entries the one has root {older}, the other {newer}: they \
                 hold different entries"
            ),
            Self::Entries { index, first, second } => {
                format!("at index {index} the one has leaf {first}, the other {second}")
            }
            Self::Seal { since: None, fault, .. } => {
                format!("the entries from the genesis on lead to another seal: {fault}")
            }
            Self::Seal { since: Some(since), fault, .. } => {
                format!("seal {since} and the entries since lead to another seal: {fault}")
            }
            Self::Keys { fault, .. } => fault.to_string(),
            Self::Envelope { index, fault } => {
                let fault = Quoted::of(fault).text(Locale::En);
                format!("entry {index} commits to what is no envelope: {fault}")
            }
            Self::Order { before: None, fault, .. } => fault.to_string(),
            Self::Order { before: Some(before), fault, .. } => {
                format!("with entry {before} before it: {fault}")
            }
            Self::NoEntry { index, fault } => {
                let fault = Quoted::of(fault).text(Locale::En);
                format!("the bytes at index {index} are no entry: {fault}")
            }
            Self::LeftOut { index, size, class, uri, count } => format!(
                "entry {index} is about {uri} (class {class}); the list of its {count} entries at \
                 size {size} leaves it out"
            ),
        }
    }

    fn french(&self) -> String {
        let quoted = |error: &dyn std::error::Error| Quoted::of(error).text(Locale::Fr);
        match self {
            Self::Roots { size, older, newer } => format!(
                "sur ses {size} premières entrées, l'un a la racine {older}, l'autre {newer}\u{a0}: \
                 ils contiennent des entrées différentes"
            ),
            Self::Entries { index, first, second } => {
                format!("à l'index {index}, l'un a la feuille {first}, l'autre {second}")
            }
            Self::Seal { since: None, fault, .. } => format!(
                "les entrées depuis la genèse conduisent à un autre sceau\u{a0}: {}",
                quoted(fault)
            ),
            Self::Seal { since: Some(since), fault, .. } => format!(
                "le sceau {since} et les entrées suivantes conduisent à un autre sceau\u{a0}: {}",
                quoted(fault)
            ),
            Self::Keys { index, fault } => {
                format!("l'entrée {index} contredit son attestation\u{a0}: {}", quoted(fault))
            }
            Self::Envelope { index, fault } => format!(
                "l'entrée {index} engage un contenu qui n'est pas une enveloppe\u{a0}: {}",
                quoted(fault)
            ),
            Self::Order { index, before: None, fault } => {
                format!("l'entrée {index} ne peut être à cette place\u{a0}: {}", quoted(fault))
            }
            Self::Order { index, before: Some(before), fault } => format!(
                "l'entrée {index} ne peut suivre l'entrée {before}\u{a0}: {}",
                quoted(fault)
            ),
            Self::NoEntry { index, fault } => format!(
                "les octets à l'index {index} ne sont pas une entrée\u{a0}: {}",
                quoted(fault)
            ),
            Self::LeftOut { index, size, class, uri, count } => format!(
                "l'entrée {index} porte sur {uri} (classe {class})\u{a0}; la liste de ses {count} \
                 entrées à la taille {size} l'omet"
            ),
        }
    }
}
