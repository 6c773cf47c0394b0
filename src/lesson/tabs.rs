//! YAML allows no tab in an indentation, and notices one late: at a later line, or as something else.

/// Lines around the place where YAML notices a tab: it may take the line before as the beginning of this one.
const AROUND: usize = 3;

/// A tab in the indentation of a line near this byte.
pub fn tab_near(text: &str, byte: usize) -> Option<usize> {
    let line = text.get(..byte).unwrap_or(text).matches('\n').count();
    let mut start = 0;
    for (number, row) in text.split_inclusive('\n').enumerate().take(line + AROUND + 1) {
        let indent = &row[..row.len() - row.trim_start_matches([' ', '\t']).len()];
        if number + AROUND >= line && !row.trim().is_empty() && indent.contains('\t') {
            return indent.find('\t').map(|at| start + at);
        }
        start += row.len();
    }
    None
}
