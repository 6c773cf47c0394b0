//! What a lesson on control groups does in the version that this machine has not got: from its other record, which was
//! made on another kernel. It is no evidence of this run, so it is pale, and says where it is from.

use super::rows::dim;
use super::screen::Screen;
use super::table::{lay_out, paragraph};
use crate::evidence::record::{Change, Evidence, Record};
use crate::evidence::stored::Stored;
use crate::lesson::model::Lesson;
use colored::Colorize;
use std::fmt::Write;

impl Screen {
    /// The steps that differ; nothing where none does.
    pub fn other_version(&self, lesson: &Lesson, record: &Record, other: &Stored) -> String {
        let mut steps = String::new();
        for step in &other.steps {
            let own = record.steps.iter().find(|it| it.number == step.number).map(|it| &it.evidence);
            let goes_deeper = record.skipped.iter().any(|it| it.number == step.number && it.goes_deeper());
            let Some(say) = lesson.steps.get(step.number.wrapping_sub(1)).map(|it| &it.say) else { continue };
            let new = own.is_none_or(|own| own.calls != step.evidence.calls || own.failed != step.evidence.failed);
            if goes_deeper || !new {
                continue;
            }
            let mut rows = self.rows(&only_what_differs(&step.evidence, own));
            rows.iter_mut().for_each(|row| row.paint = dim);
            let head = format!("{}  {say}", step.number);
            let _ = write!(steps, "{}{}", paragraph(&head, 3, self.width), dim(&lay_out(rows, self.width)));
        }
        let Some(version) = other.groups.filter(|_| !steps.is_empty()) else { return String::new() };
        let head = format!("In version {version} of control groups");
        let from = format!("Recorded on kernel {}, not seen in this run. Where it differs:", other.kernel);
        let (head, from) = (paragraph(&head, 0, self.width).bold(), paragraph(&from, 3, self.width));
        format!("\n{head}{from}{steps}")
    }
}

/// The calls, the reason of a failure, and the changes that this run has not got in that step.
fn only_what_differs(there: &Evidence, own: Option<&Evidence>) -> Evidence {
    let key =
        |change: &Change| (change.subject.clone(), change.key.clone(), change.before.clone(), change.after.clone());
    let known: Vec<_> = own.iter().flat_map(|own| &own.changes).map(key).collect();
    let changes = there.changes.iter().filter(|change| !known.contains(&key(change))).cloned().collect();
    // The remedy is the lesson's next step.
    let reason =
        there.reason.clone().map(|it| crate::evidence::record::Reason { seen: Vec::new(), remedy: None, ..it });
    Evidence { changes, reason, looked: Vec::new(), claims: Vec::new(), ..there.clone() }
}
