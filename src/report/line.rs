//! A line that is safe to show, whoever's words are in it.

use std::fmt;

/// One line of text that can't move a cursor, colour a terminal, turn the direction of what stands
/// around it, hide something in itself or pass for another line. What it means as HTML or Markdown is the renderer's matter.
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

/// Control characters of all sets, separators of lines, what turns the direction of writing, and
/// what takes no part in it: a name with something in it that nobody sees is another name.
pub fn is_unsafe(character: char) -> bool {
    let is_turning = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    // Not the joiners (U+200C, U+200D), which some scripts are not written without.
    let is_unseen = matches!(
        character,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}'
            | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    character.is_control() || is_turning || is_unseen
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
        // A name with what nobody sees in it is not the name without.
        let line = Line::new("Lumi\u{200b}pel\u{ad}uche\u{feff} Mfg\u{e0041}\u{3164}\u{2060}");
        assert_eq!(
            line.as_str(),
            "Lumi\u{fffd}pel\u{fffd}uche\u{fffd} Mfg\u{fffd}\u{fffd}\u{fffd}"
        );
        // Joiners are letters' business.
        assert_eq!(Line::new("می\u{200c}خواهم").as_str(), "می\u{200c}خواهم");
        let all: String = (0..0x11_0000).filter_map(char::from_u32).collect();
        assert!(!Line::new(all).as_str().contains(is_unsafe));
    }
}
