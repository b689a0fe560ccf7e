//! Acts of the Union, by the URIs under which they are published.

use crate::identifier::Celex;

/// Hosts on which a path names an act.
const HOSTS: [&str; 2] = ["data.europa.eu", "eur-lex.europa.eu"];

/// The act that a URI names: by CELEX number, or by ELI (`…/eli/dir/2009/48/oj`). What the act is
/// called says nothing.
pub(super) fn celex(uri: &str) -> Option<Celex> {
    let uri = uri.trim();
    if let Ok(celex) = uri.parse() {
        return Some(celex);
    }
    let (_, rest) = uri.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    if !HOSTS.contains(&host) {
        return None;
    }
    by_number(path).or_else(|| by_eli(path))
}

fn by_number(path: &str) -> Option<Celex> {
    let path = path.replace("%3A", ":").replace("%3a", ":");
    let (_, rest) = path.split_once("CELEX:").or_else(|| path.split_once("celex/"))?;
    let number: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    number.parse().ok()
}

fn by_eli(path: &str) -> Option<Celex> {
    let mut parts = path.strip_prefix("eli/")?.split('/');
    let letter = match parts.next()? {
        "reg" | "reg_impl" | "reg_del" => 'R',
        "dir" | "dir_impl" | "dir_del" => 'L',
        "dec" | "dec_impl" | "dec_del" => 'D',
        _ => return None,
    };
    let (year, number) = (parts.next()?, parts.next()?);
    let is_number = number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("3{year}{letter}{number:0>4}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_known_by_its_number_or_its_eli() {
        for (uri, expected) in [
            ("32009L0048", Some("32009L0048")),
            ("http://data.europa.eu/eli/dir/2009/48/oj", Some("32009L0048")),
            ("https://data.europa.eu/eli/reg/2023/1542", Some("32023R1542")),
            (
                "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32014L0053",
                Some("32014L0053"),
            ),
            (
                "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX%3A32014L0053&x=1",
                Some("32014L0053"),
            ),
            ("http://data.europa.eu/eli/dir/9/48/oj", None),
            ("http://data.europa.eu/eli/dir/2009/../oj", None),
            ("http://data.europa.eu/eli/treaty/2009/48", None),
            ("https://laws.example/eli/dir/2009/48/oj", None),
            ("https://laws.example/?uri=CELEX:32014L0053", None),
            ("Directive 2009/48/EC", None),
            ("", None),
        ] {
            let found = celex(uri);
            assert_eq!(found.as_ref().map(Celex::as_str), expected, "{uri}");
        }
    }
}
