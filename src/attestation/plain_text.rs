//! What every statement's texts keep to, so that they read the same to everyone: nothing empty, no
//! character that rearranges or hides what stands around it.

use serde_json::Value;

use crate::json::JsonError;

/// Members that signers add for their own use; nothing here reads or shows them.
const FREE: [&str; 2] = ["extensions", "annotations"];

/// How much of a place an error shows.
const PLACE_CHARS_MAX: usize = 200;

/// Checks every text in a statement, extensions and annotations left out.
///
/// Refused: an empty string, one of white space alone, an empty object or array (absent is the one
/// form of nothing); control characters other than line feed and tab; the characters that override
/// or isolate the direction of text (Unicode Technical Report 36, section 2.4).
pub(super) fn check(statement: &Value) -> Result<(), JsonError> {
    check_value(statement, &mut Vec::new())
}

fn check_value<'a>(value: &'a Value, path: &mut Vec<&'a str>) -> Result<(), JsonError> {
    match value {
        Value::String(text) => check_text(text, path),
        Value::Array(items) if items.is_empty() => Err(error(path, "an empty array")),
        Value::Object(members) if members.is_empty() => Err(error(path, "an empty object")),
        Value::Array(items) => items.iter().try_for_each(|item| check_value(item, path)),
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !FREE.contains(&name.as_str()))
            {
                path.push(name);
                check_value(member, path)?;
                path.pop();
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str, path: &[&str]) -> Result<(), JsonError> {
    if text.trim().is_empty() {
        return Err(error(path, "an empty string"));
    }
    match text.chars().find(|character| is_deceptive(*character)) {
        Some(found) => Err(error(path, &format!("character U+{:04X}", u32::from(found)))),
        None => Ok(()),
    }
}

fn is_deceptive(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn error(path: &[&str], found: &str) -> JsonError {
    let place: String = path.iter().flat_map(|step| ["/", step]).collect();
    let place = place.chars().take(PLACE_CHARS_MAX).collect();
    JsonError::Schema { place, found: format!("found {found}, which a statement can't have") }
}
