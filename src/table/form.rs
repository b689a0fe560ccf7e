//! What a cell can hold, and how its text becomes JSON.

use serde_json::Value;

use crate::json;
use crate::table::SEPARATOR;

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text, as it stands there.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Several texts, with `|` between them.
    Texts,
    /// Anything else, as JSON.
    Json,
}

impl Form {
    /// In words, for people who fill in a cell.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "number",
            Self::Boolean => "true or false",
            Self::Texts => "texts, with | between them",
            Self::Json => "JSON",
        }
    }

    /// The value of a cell that is not empty.
    pub(super) fn read(self, cell: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(cell.into()),
            Self::Integer => match cell.parse::<i64>() {
                Ok(number) => Ok(number.into()),
                Err(_cause) => Err(format!("found {}, expected a whole number", shown(cell))),
            },
            // Spreadsheets write them in capitals.
            Self::Boolean if cell.eq_ignore_ascii_case("true") => Ok(true.into()),
            Self::Boolean if cell.eq_ignore_ascii_case("false") => Ok(false.into()),
            Self::Boolean => Err(format!("found {}, expected true or false", shown(cell))),
            Self::Texts => texts(cell).map(Value::from),
            Self::Json => {
                json::from_slice(cell.as_bytes()).map_err(|cause| format!("expected JSON: {cause}"))
            }
        }
    }
}

/// The texts of a cell that holds several.
pub(super) fn texts(cell: &str) -> Result<Vec<&str>, String> {
    let texts: Vec<&str> = cell.split(SEPARATOR).map(str::trim).collect();
    if texts.contains(&"") {
        return Err(format!("nothing stands between two {SEPARATOR}, or at an end"));
    }
    Ok(texts)
}

/// Text from outside, as errors show it.
pub(super) fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_reads_as_its_form_says() {
        for (form, cell, expected) in [
            (Form::Text, "0042", json!("0042")),
            (Form::Integer, "-7", json!(-7)),
            (Form::Boolean, "TRUE", json!(true)),
            (Form::Boolean, "false", json!(false)),
            (Form::Texts, "de | fr|nl", json!(["de", "fr", "nl"])),
            (Form::Json, "{\"mode\":\"ALL\"}", json!({"mode": "ALL"})),
        ] {
            assert_eq!(form.read(cell), Ok(expected), "{cell:?}");
        }
        for (form, cell) in [
            (Form::Integer, "1.0"),
            (Form::Integer, "12 "),
            (Form::Boolean, "yes"),
            (Form::Texts, "de||fr"),
            (Form::Texts, "de|"),
            (Form::Json, "{\"a\":1,\"a\":2}"),
            (Form::Json, "{"),
        ] {
            form.read(cell).unwrap_err();
        }
    }
}
