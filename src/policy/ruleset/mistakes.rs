//! All mistakes of a rule set that can be found at once, for whoever writes one.
//!
//! Reading stops at the first mistake. Here a row whose shape is wrong is set aside and the rest is
//! read without it, so that one slip hides no other.

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

use crate::policy::ruleset::error::{Fault, RuleSetError, RuleSetFault};
use crate::policy::ruleset::form::check_form;
use crate::policy::ruleset::read::{self, File};

/// The lists of a file whose rows can be set aside.
const LISTS: [&str; 4] = ["acts_called_for", "prohibited", "negative", "requirement"];

/// How many rows are set aside; whoever has made so many mistakes begins with these.
const SET_ASIDE_MAX: usize = 100;

/// Every mistake that can be found at once, by line; none if and only if the bytes are a rule set.
pub fn mistakes(bytes: &[u8]) -> Vec<RuleSetError> {
    let Err(first) = read::rule_set(bytes) else { return Vec::new() };
    let mut found = all(bytes);
    // Whatever the reader refuses is refused here, even if the search for more went astray.
    if !found.contains(&first) {
        found.push(first);
    }
    found.sort_by_key(|error| error.line);
    found.dedup();
    found
}

fn all(bytes: &[u8]) -> Vec<RuleSetError> {
    let text = match read::text(bytes) {
        Ok(text) => text,
        Err(error) => return vec![error],
    };
    let (table, syntax) = DeTable::parse_recoverable(text);
    if !syntax.is_empty() {
        return syntax.iter().map(|error| read::toml_error(bytes, error)).collect();
    }
    let at_line =
        |(span, fault): Fault| RuleSetError { line: read::line_of(bytes, span.start), fault };
    let mut found = Vec::new();
    let mut rest = table;
    for set_aside_before in 0..SET_ASIDE_MAX {
        let error = match File::deserialize(Deserializer::from(rest.clone())) {
            Ok(file) => {
                // The form is that of members with known names, so it is looked at only now.
                let mut faults: Vec<Fault> = check_form(rest.get_ref()).err().into_iter().collect();
                read::build(bytes, file, &mut faults);
                // A row that was set aside may be the rule that is missed.
                let is_missed =
                    |(_, fault): &Fault| matches!(fault, RuleSetFault::NoMeasures { .. });
                faults.retain(|fault| set_aside_before == 0 || !is_missed(fault));
                found.extend(faults.into_iter().map(at_line));
                return found;
            }
            Err(error) => error,
        };
        found.push(read::toml_error(bytes, &error));
        let offset = error.span().map_or(0, |span| span.start);
        if !set_aside(rest.get_mut(), offset) {
            break;
        }
    }
    found
}

/// Takes the row away that a byte is in: the last that begins at or before it. Says whether there
/// was one.
fn set_aside(table: &mut DeTable<'_>, offset: usize) -> bool {
    let starts = table.iter().flat_map(|(name, value)| {
        let rows = value.get_ref().as_array().filter(|_| LISTS.contains(&name.get_ref().as_ref()));
        match rows {
            Some(rows) => rows.iter().map(start).collect(),
            None => vec![start(value)],
        }
    });
    let Some(start_of_row) = starts.filter(|start| *start <= offset).max() else { return false };
    for (name, value) in table.iter_mut() {
        if !LISTS.contains(&name.get_ref().as_ref()) {
            continue;
        }
        let DeValue::Array(rows) = value.get_mut() else { continue };
        if !rows.iter().any(|row| start(row) == start_of_row) {
            continue;
        }
        let mut kept = DeArray::new();
        rows.iter().filter(|row| start(row) != start_of_row).for_each(|row| kept.push(row.clone()));
        *rows = kept;
        return true;
    }
    false
}

fn start(value: &Spanned<DeValue<'_>>) -> usize {
    value.span().start
}

/// The line of a member of `[policy]`, from 1; that of the file if it is not there.
pub fn line_of_head(bytes: &[u8], member: &str) -> usize {
    let table = read::text(bytes).ok().and_then(|text| DeTable::parse(text).ok());
    let head = table.as_ref().and_then(|table| table.get_ref().get("policy"));
    let head = head.and_then(|head| head.get_ref().as_table());
    let found = head.and_then(|head| head.get(member));
    found.map_or(1, |value| read::line_of(bytes, start(value)))
}

/// The line of a rule's code, from 1; of the place of one of its `any_of`, if one is named. That of
/// the file if it is not there.
pub fn line_of_rule(bytes: &[u8], code: &str, alternative: Option<usize>) -> usize {
    let table = read::text(bytes).ok().and_then(|text| DeTable::parse(text).ok());
    let rows = table.iter().flat_map(|table| {
        let lists =
            LISTS.iter().filter_map(|name| table.get_ref().get(*name)?.get_ref().as_array());
        lists.flat_map(|rows| rows.iter())
    });
    let mut rows = rows.filter_map(|row| row.get_ref().as_table());
    let is_it = |row: &&DeTable<'_>| {
        row.get("code").and_then(|value| value.get_ref().as_str()).is_some_and(|of| of == code)
    };
    let Some(row) = rows.find(is_it) else { return 1 };
    let of_code = row.get("code").map_or(0, start);
    let ways = row.get("any_of").and_then(|ways| ways.get_ref().as_array());
    let way = alternative.and_then(|place| ways?.get(place)).map(start);
    read::line_of(bytes, way.unwrap_or(of_code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::RuleSet;
    use crate::policy::rules;

    /// The mistakes, as `line: words`, against what each has to say.
    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        let found = mistakes(text.as_bytes());
        let lines: Vec<usize> = found.iter().map(|error| error.line).collect();
        let said = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(lines, expected.iter().map(|(line, _)| *line).collect::<Vec<_>>(), "{said}");
        for (error, (_, words)) in found.iter().zip(expected) {
            assert!(error.fault.to_string().contains(words), "{words} is not in {error}");
        }
        assert_eq!(found.is_empty(), RuleSet::parse(text.as_bytes()).is_ok());
    }

    const HEAD: &str = "[policy]\nid = \"t\"\nversion = \"1\"\njurisdiction = [\"EU\"]\n\
        applies_from = 2026-01-01\ncategories = { cn = [\"9503\"] }\nassurance_min = \"A2\"\n\
        shelf_life_hours = 24\nview_age_max_s = 3600\n";

    #[test]
    fn a_sound_rule_set_has_none() {
        for name in rules::NAMES {
            check(rules::embedded(name).unwrap(), &[]);
        }
    }

    #[test]
    fn one_mistake_hides_no_other() {
        let rows = "[[acts_called_for]]\nact = \"2009/48\"\n\
            [[negative]]\ncode = \"n\"\ntypes = [\"safety-measure\"]\non_hit = \"deny\"\n\
            [[requirement]]\ncode = \"A\"\nseverity = \"denied\"\ncheck = \"trader.linked\"\n\
            [[requirement]]\ncode = \"B\"\nseverity = \"deny\"\ncheck = \"trader.link\"\n\
            [[requirement]]\ncode = \"C\"\nseverity = \"deny\"\ncheck = \"trader.linked\"\n\
            [[requirement]]\ncode = \"C\"\nseverity = \"deny\"\ntype = \"report\"\n";
        let head = HEAD.replace("hours = 24", "hours = 25").replace("\"t\"", "\"t/u\"");
        let expected = [
            (2, "names no rule set"),
            (8, "1 to 24"),
            (11, "CELEX"),
            (13, "code \"n\""),
            (18, "denied"),
            (23, "trader.link"),
            (29, "there twice"),
        ];
        check(&format!("{head}{rows}"), &expected);
    }

    #[test]
    fn a_rule_that_can_not_be_read_is_not_missed() {
        let requirement =
            "[[requirement]]\ncode = \"A\"\nseverity = \"deny\"\ncheck = \"trader.linked\"\n";
        check(&format!("{HEAD}{requirement}"), &[(1, "no rule hits")]);
        let negative =
            "[[negative]]\ncode = \"N\"\ntypes = [\"safety-measure\"]\non_hit = \"no\"\n";
        check(&format!("{HEAD}{negative}{requirement}"), &[(13, "no")]);
    }

    #[test]
    fn what_stops_the_reader_is_said_alone() {
        check(&HEAD.replace("\"A2\"", "\"A7\""), &[(7, "A7")]);
        check(&format!("{HEAD}[[rule]]\ncode = \"A\"\n"), &[(10, "rule")]);
        check("[policy", &[(1, "")]);
        check("", &[(1, "policy")]);
        assert_eq!(mistakes(b"a = \"\xff\"").len(), 1);
    }

    #[test]
    fn a_byte_that_is_wrong_is_a_mistake_wherever_it_is() {
        let text = format!(
            "{HEAD}[[requirement]]\ncode = \"A\"\nseverity = \"deny\"\ncheck = \"trader.linked\"\n"
        );
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] = b'"';
            assert_eq!(mistakes(&bytes).is_empty(), RuleSet::parse(&bytes).is_ok(), "{index}");
        }
    }

    #[test]
    fn members_of_the_head_have_lines() {
        assert_eq!(line_of_head(HEAD.as_bytes(), "categories"), 6);
        assert_eq!(line_of_head(HEAD.as_bytes(), "restricted"), 1);
        assert_eq!(line_of_head(b"[policy", "id"), 1);
        let rule = "[[requirement]]\ncode = \"A\"\nseverity = \"deny\"\nany_of = [\n\
            { check = \"trader.linked\" },\n{ check = \"trader.verified\" },\n]\n";
        let text = format!("{HEAD}{rule}");
        let line = |code, way| line_of_rule(text.as_bytes(), code, way);
        assert_eq!([line("A", None), line("A", Some(1)), line("A", Some(2))], [11, 15, 11]);
        assert_eq!(line("B", None), 1);
    }
}
