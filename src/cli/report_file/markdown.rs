//! A document as Markdown, with tables as GitHub has them. Every text in it is escaped, so that it
//! reads as it was said: no markup, no HTML, no link to a page. The lines of a cell stand apart by
//! `<br>`.

use std::fmt::Write as _;

use crate::report::{Block, Card, Cell, CellKind, Document, Fact, Line, Table};

/// The text.
pub(super) fn render(document: &Document) -> String {
    let mut text = String::new();
    put(&mut text, format_args!("# {}", escape(&document.title)));
    put(&mut text, format_args!("**{}**", escape(&document.result)));
    for note in &document.notes {
        put(&mut text, escape(note));
    }
    for section in &document.sections {
        put(&mut text, format_args!("## {}", escape(&section.title)));
        for block in &section.blocks {
            put_block(&mut text, block);
        }
    }
    put(&mut text, "---");
    put(&mut text, escape(&document.made_by));
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn put_block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph(line) => put(text, escape(line)),
        Block::List(lines) => put(text, list(lines.iter().map(escape))),
        Block::Facts(facts) => put_facts(text, facts),
        Block::Card(Card { title, facts }) => {
            put(text, format_args!("### {}", escape(title)));
            put_facts(text, facts);
        }
        Block::Table(table) => put_table(text, table),
        Block::Command(line) => {
            let fence = "`".repeat(ticks(line.as_str()).max(2) + 1);
            put(text, format_args!("{fence}sh\n{line}\n{fence}"));
        }
    }
}

fn put_facts(text: &mut String, facts: &[Fact]) {
    let lines =
        facts.iter().map(|fact| format!("**{}**: {}", escape(&fact.name), value(&fact.value)));
    put(text, list(lines));
}

fn put_table(text: &mut String, table: &Table) {
    put(text, format_args!("*{}*", escape(&table.caption)));
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut rows = row(table.head.iter().map(escape).collect());
    rows += &row(table.head.iter().map(|_| "---".to_owned()).collect());
    rows.extend(table.rows.iter().map(|cells| row(cells.iter().map(value).collect())));
    put(text, rows.trim_end());
}

fn value(cell: &Cell) -> String {
    let lines: Vec<String> = match cell.kind {
        CellKind::Words => cell.lines.iter().map(escape).collect(),
        CellKind::Code => cell.lines.iter().map(code).collect(),
    };
    // The one thing between two lines that no text can hold, for `<` is escaped in all of them.
    lines.join("<br>")
}

/// A text as code, if it is one that code spans leave alone, as digests are; else as any other.
fn code(line: &Line) -> String {
    let text = line.as_str();
    let is_simple = |of: char| of.is_ascii_alphanumeric() || " ./+-_:=,".contains(of);
    let is_code = text.chars().all(is_simple) && text.trim() == text && !text.is_empty();
    if is_code { format!("`{text}`") } else { escape(line) }
}

fn list(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.map(|line| format!("- {line}")).collect();
    lines.join("\n")
}

/// Adds a paragraph, a list, a heading: whatever stands by itself.
fn put(text: &mut String, block: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _written = write!(text, "{block}\n\n");
}

/// The longest run of backticks.
fn ticks(text: &str) -> usize {
    text.split(|of| of != '`').map(str::len).max().unwrap_or_default()
}

/// A text with everything escaped that Markdown would take for markup.
fn escape(line: &Line) -> String {
    let text = line.as_str().trim();
    let mut escaped = String::with_capacity(text.len());
    // A number and a point or bracket at the beginning would begin a numbered list.
    let digits = text.len() - text.trim_start_matches(|of: char| of.is_ascii_digit()).len();
    let mut characters = text.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let is_markup = match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' => true,
            '#' | '+' | '-' | '=' => place == 0,
            '.' | ')' => digits > 0 && place == digits,
            // What begins with a scheme, or with www., is made a link of.
            ':' => next == Some('/'),
            'w' | 'W' => {
                let rest = text.get(place..).unwrap_or_default().as_bytes();
                if rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"www.")) {
                    // A reference, because a letter can't be escaped.
                    escaped.push_str("&#119;");
                    continue;
                }
                false
            }
            _ => false,
        };
        if is_markup {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::policy::Locale;
    use crate::report::Section;

    /// A document that says one and the same thing wherever it can say something.
    pub(in crate::cli::report_file) fn hostile(text: &str) -> Document {
        let line = || Line::new(text);
        let cell = |kind| Cell { lines: vec![line(), line()], kind };
        let kinds = [CellKind::Words, CellKind::Code];
        let facts = || kinds.map(|kind| Fact { name: line(), value: cell(kind) }).to_vec();
        let blocks = vec![
            Block::Paragraph(line()),
            Block::List(vec![line(), line()]),
            Block::Facts(facts()),
            Block::Card(Card { title: line(), facts: facts() }),
            Block::Table(Table {
                caption: line(),
                head: vec![line(), line()],
                rows: vec![kinds.map(cell).to_vec(), kinds.map(cell).to_vec()],
            }),
            Block::Command(line()),
        ];
        Document {
            locale: Locale::Fr,
            title: line(),
            result: line(),
            notes: vec![line()],
            sections: vec![Section { title: line(), blocks }],
            made_by: line(),
        }
    }

    #[test]
    fn what_markdown_would_take_for_markup_is_escaped() {
        for (text, expected) in [
            ("harmless (1.5 - 2) #3 a+b = c!", "harmless (1.5 - 2) #3 a+b = c!"),
            ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
            ("a | b", "a \\| b"),
            ("`code`", "\\`code\\`"),
            ("\\", "\\\\"),
            ("**bold** _em_ ~~no~~", "\\*\\*bold\\*\\* \\_em\\_ \\~\\~no\\~\\~"),
            ("![x](javascript:x)", "!\\[x\\](javascript:x)"),
            ("https://evil.example", "https\\://evil.example"),
            ("see WWW.evil.example", "see &#119;WW.evil.example"),
            ("&lt;", "\\&lt;"),
            ("# title", "\\# title"),
            ("- item", "\\- item"),
            ("--- ", "\\---"),
            ("+ item", "\\+ item"),
            ("12. item", "12\\. item"),
            ("1) item", "1\\) item"),
            ("===", "\\==="),
            ("   indented", "indented"),
        ] {
            assert_eq!(escape(&Line::new(text)), expected);
        }
    }

    #[test]
    fn whatever_a_document_says_it_has_the_same_lines_and_cells() {
        /// What a line is, and how many bars divide it that are not escaped.
        fn shape(text: &str) -> Vec<(String, usize)> {
            let kind = |line: &str| {
                let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
                let mark = line.split(' ').next().unwrap_or_default();
                let is_mark = ["#", "##", "###", "-", "|", "---"].contains(&mark);
                (if is_mark { mark.to_owned() } else { String::new() }, bars)
            };
            let markdown = render(&hostile(text));
            let (mut lines, mut shape) = (markdown.lines(), Vec::new());
            while let Some(line) = lines.next() {
                if line.starts_with("```") && line.ends_with("sh") {
                    // What stands in a fence is no markup; it is one line, and then the fence ends.
                    let (_command, end) = (lines.next(), lines.next());
                    assert_eq!(end, line.strip_suffix("sh"));
                } else {
                    shape.push(kind(line));
                }
            }
            shape
        }
        let expected = shape("harmless");
        assert_eq!(expected.iter().filter(|(_, bars)| *bars == 3).count(), 4);
        for text in [
            "<script>alert(1)</script>",
            "a | b \\| c",
            "\\",
            "``` \n# title",
            "# title\n\n| a |",
            "- a\r- b",
            "---",
            "a\u{2028}b\u{202e}c\u{1b}[31m",
        ] {
            assert_eq!(shape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn no_line_passes_for_two() {
        let cell = |lines: &[&str]| Cell {
            lines: lines.iter().map(Line::new).collect(),
            kind: CellKind::Words,
        };
        let two = value(&cell(&["A", "signed: B"]));
        for one in ["A; signed: B", "A<br>signed: B", "A\\nsigned: B", "A, signed: B"] {
            assert_ne!(value(&cell(&[one])), two);
        }
        assert_eq!(value(&cell(&["A; <br>", "B"])), "A; \\<br\\><br>B");
    }

    #[test]
    fn a_command_does_not_leave_its_fence() {
        let markdown = render(&hostile("probant show '```'"));
        assert!(markdown.contains("\n````sh\nprobant show '```'\n````\n"), "{markdown}");
    }
}
