//! The mistakes of one file, gathered as they are found, so that one run names all of them.
//! Bounded: a file of nothing but mistakes says so instead of filling the screen.

use super::diagnostic::{Diagnostic, Source};
use std::ops::Range;
use std::sync::Arc;

/// As many are shown for one file.
const MOST: usize = 100;

pub struct Found {
    source: Arc<Source>,
    list: Vec<Diagnostic>,
    more: usize,
}

impl Found {
    pub fn new(source: &Arc<Source>) -> Found {
        Found { source: source.clone(), list: Vec::new(), more: 0 }
    }

    pub fn push(&mut self, span: Range<usize>, code: &'static str, problem: String, expected: impl Into<String>) {
        if self.list.len() < MOST {
            self.list.push(Diagnostic::new(&self.source, span, code, problem, expected.into()));
        } else {
            self.more += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of the file.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
        if self.more > 0 {
            let problem = format!("{} further mistakes in this file are not shown", self.more);
            let end = self.source.text.len();
            self.list.push(Diagnostic::new(
                &self.source,
                end..end,
                "more-mistakes",
                problem,
                "the ones above to be mended first".into(),
            ));
        }
        self.list
    }
}
