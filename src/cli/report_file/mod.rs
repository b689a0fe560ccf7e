//! Reports as files: the option `--report`, and a document as HTML and as Markdown.

mod html;
mod markdown;
mod file;

pub(super) use file::ReportFile;
