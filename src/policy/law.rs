//! References to the law: an act of the European Union and, where it helps, the article.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::identifier::Celex;
use crate::policy::texts::Locale;

/// An act and perhaps one of its articles, as `32009L0048#15`. Sorted by act, then article.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LawRef {
    act: Celex,
    article: Option<String>,
}

impl LawRef {
    /// The act.
    pub const fn act(&self) -> &Celex {
        &self.act
    }

    /// The article within the act, as `15` or `6(2)`; `None` for the act as a whole.
    pub fn article(&self) -> Option<&str> {
        self.article.as_deref()
    }

    /// As lawyers write it: "Directive 2009/48/EC, article 15".
    pub fn title(&self, locale: Locale) -> String {
        let act = act_title(&self.act, locale);
        match &self.article {
            Some(article) => format!("{act}, article {article}"),
            None => act,
        }
    }
}

/// The usual citation of an act; the numbering changed in 2015 and the Community's name in 2009.
pub(super) fn act_title(act: &Celex, locale: Locale) -> String {
    let text = act.as_str();
    // The shape of a CELEX number: `3`, year, letter, number.
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let (year, letter, number) = (part(1, 5), part(5, 6), part(6, 10).trim_start_matches('0'));
    let union = if year < "2010" { locale.choose("EC", "CE") } else { locale.choose("EU", "UE") };
    let is_new = year >= "2015";
    match letter {
        "R" if is_new => {
            format!("{} ({union}) {year}/{number}", locale.choose("Regulation", "Règlement"))
        }
        "R" => {
            let (word, no) = (locale.choose("Regulation", "Règlement"), locale.choose("No", "n°"));
            format!("{word} ({union}) {no} {number}/{year}")
        }
        "D" => format!("{} {year}/{number}", locale.choose("Decision", "Décision")),
        _ if is_new => format!("Directive ({union}) {year}/{number}"),
        _ => format!("Directive {year}/{number}/{union}"),
    }
}

impl fmt::Display for LawRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.act, f)?;
        match &self.article {
            Some(article) => write!(f, "#{article}"),
            None => Ok(()),
        }
    }
}

impl FromStr for LawRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (act, article) = match text.split_once('#') {
            Some((act, article)) => (act, Some(article)),
            None => (text, None),
        };
        let act = act.parse().map_err(|error| format!("{error}"))?;
        let is_article = |article: &str| {
            let is_mark = |byte: u8| byte.is_ascii_alphanumeric() || b".()".contains(&byte);
            (1..=20).contains(&article.len()) && article.bytes().all(is_mark)
        };
        match article {
            Some(article) if !is_article(article) => {
                Err(format!("{article:?} is no article: expected something like 15 or 6(2)"))
            }
            _ => Ok(Self { act, article: article.map(str::to_owned) }),
        }
    }
}

impl Serialize for LawRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LawRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_cited_as_lawyers_cite_them() {
        for (text, en, fr) in [
            (
                "32009L0048#15",
                "Directive 2009/48/EC, article 15",
                "Directive 2009/48/CE, article 15",
            ),
            ("32014L0053", "Directive 2014/53/EU", "Directive 2014/53/UE"),
            ("32021L0555", "Directive (EU) 2021/555", "Directive (UE) 2021/555"),
            (
                "32019R1020#4",
                "Regulation (EU) 2019/1020, article 4",
                "Règlement (UE) 2019/1020, article 4",
            ),
            ("32009R1223", "Regulation (EC) No 1223/2009", "Règlement (CE) n° 1223/2009"),
            ("32013R0168", "Regulation (EU) No 168/2013", "Règlement (UE) n° 168/2013"),
            ("32008D0768", "Decision 2008/768", "Décision 2008/768"),
        ] {
            let law: LawRef = text.parse().unwrap();
            assert_eq!(law.to_string(), text);
            assert_eq!((law.title(Locale::En).as_str(), law.title(Locale::Fr).as_str()), (en, fr));
        }
        for text in ["", "2009/48", "32009L0048#", "32009L0048#a b", "32009L0048#1#2"] {
            text.parse::<LawRef>().unwrap_err();
        }
    }
}
