//! A line that is safe to show, whoever's words are in it.

use std::fmt;

/// One line of text that can't move a cursor, colour a terminal, turn the direction of what stands
/// around it or pass for another line. What it means as HTML or Markdown is the renderer's matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// The text, with U+FFFD for every character that is not safe to show.
    pub fn new(text: impl fmt::Display) -> Self {
        Self(plain(&text.to_string()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that can't move the cursor, colour the terminal or pass for another line: whoever wrote a
/// statement does not write on the reader's screen.
pub fn plain(text: &str) -> String {
    let shown = |character| if is_unsafe(character) { '\u{fffd}' } else { character };
    text.chars().map(shown).collect()
}

/// Control characters of all sets, separators of lines, and what turns the direction of writing.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_turns_nothing_around() {
        let line = Line::new("a\u{1b}[2J\nb\r\u{85}\u{2028}\u{202e}\u{2066}\u{61c}\u{0}é");
        assert_eq!(
            line.as_str(),
            "a\u{fffd}[2J\u{fffd}b\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}é"
        );
        let all: String = (0..0x11_0000).filter_map(char::from_u32).collect();
        assert!(!Line::new(all).as_str().contains(is_unsafe));
    }
}
