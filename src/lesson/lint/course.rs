//! The lessons of a folder among each other: ids, numbers, and what each builds on.

use super::Sheet;
use crate::lesson::shelf::Entry;
use crate::lesson::words::{instead, quoted};
use std::collections::BTreeMap;

pub fn judge(lessons: &[Entry], sheets: &mut [Sheet]) {
    let renamed: Vec<(String, u8)> = sheets
        .iter()
        .filter_map(|sheet| sheet.draft.as_ref())
        .filter_map(|draft| draft.id.value().map(|id| (id.clone(), draft.number)))
        .collect();
    // Also those that cannot be read: they are there.
    let by_folder = lessons.iter().map(|entry| (entry.slug.clone(), entry.number));
    let known: Vec<(String, u8)> = by_folder.chain(renamed).collect();
    let mut numbers: BTreeMap<u8, String> = BTreeMap::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for Sheet { draft, found } in sheets {
        let Some(draft) = draft else { continue };
        let folder = format!("{:02}-{}", draft.number, draft.slug);
        if let Some(other) = numbers.get(&draft.number) {
            let problem = format!("{folder} has the same number as {other}");
            found.push(draft.span.clone(), "duplicate-number", problem, "a number of its own in the folder's name");
        } else {
            numbers.insert(draft.number, folder.clone());
        }
        if let Some(id) = draft.id.get() {
            if let Some(other) = ids.get(&id.value) {
                let problem = format!("{} is the id of {other} too", quoted(&id.value));
                found.push(id.span.clone(), "duplicate-id", problem, "an id of its own, and a folder of that name");
            } else {
                ids.insert(id.value.clone(), folder);
            }
            if id.value != draft.slug {
                let problem = format!("The id {} is not the folder's name", quoted(&id.value));
                let expected = format!("`{}`, or the folder {:02}-{}", draft.slug, draft.number, id.value);
                found.push(id.span.clone(), "id-not-folder", problem, expected);
            }
        }
        let Some(after) = draft.after.get() else { continue };
        match known.iter().find(|(name, _)| *name == after.value) {
            None => {
                let earlier =
                    lessons.iter().filter(|entry| entry.number < draft.number).map(|entry| entry.slug.as_str());
                let expected = match instead(&after.value, earlier).as_str() {
                    "one of: " => "no `after`: there is no earlier lesson".to_owned(),
                    instead => instead.to_owned(),
                };
                found.push(
                    after.span.clone(),
                    "unknown-lesson",
                    format!("There is no lesson {}", quoted(&after.value)),
                    expected,
                );
            }
            // Lesson 00 shows what the others lead to, so it may begin where any of them ends; and none begins where it ends.
            Some((_, 0)) => {
                let problem =
                    format!("Lesson 00, {}, is a view of the whole, and leads to no other", quoted(&after.value));
                found.push(
                    after.span.clone(),
                    "after-later",
                    problem,
                    "the id of another lesson with a smaller number",
                );
            }
            Some(_) if draft.number == 0 => {}
            // With numbers that fall at every arrow there can be no circle.
            Some((_, number)) if *number >= draft.number => {
                let problem = format!("Lesson {number:02}, {}, does not come before this one", quoted(&after.value));
                found.push(after.span.clone(), "after-later", problem, "the id of a lesson with a smaller number");
            }
            Some(_) => {}
        }
    }
}
