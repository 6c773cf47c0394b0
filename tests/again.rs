//! What later lessons do in place of a lesson's steps leads to the same.

mod support;

use boxlab::evidence::record::Shown;
use boxlab::lesson::load;
use boxlab::lesson::model::Lesson;
use boxlab::lesson::plan::{Plan, Wish};
use boxlab::lesson::shelf::Shelf;
use boxlab::lesson::walk::Walk;
use boxlab::stage::host::Brought;
use std::rc::Rc;

const WISH: Wish = Wish { deeper: false, rootfs: false, lacks: |_| None };

/// The facts with which a lesson begins in a course; none where no lab can be made.
fn beginning(course: &[Lesson], lesson: &Lesson) -> Option<Vec<String>> {
    let plan = Plan::new(course, lesson, WISH);
    match Walk::start(Rc::new(plan), Rc::new(Brought::default())) {
        Ok(walk) => {
            let line = |fact: &Shown| format!("{} {} {}", fact.subject, fact.key, fact.text);
            let mut lines: Vec<String> = walk.initial.iter().map(line).collect();
            lines.sort();
            Some(lines)
        }
        Err(error) => {
            support::skip(&format!("no lab for {}: {error}", lesson.id));
            None
        }
    }
}

#[test]
fn what_is_done_instead_leads_to_the_same() {
    let course: Vec<Lesson> =
        load::read(&Shelf::embedded()).expect("lessons").into_iter().map(|it| it.lesson).collect();
    let mut as_shown = course.clone();
    as_shown.iter_mut().flat_map(|lesson| &mut lesson.steps).for_each(|step| step.again = None);
    let mut compared = 0;
    for lesson in course.iter().filter(|lesson| lesson.steps.iter().any(|step| step.again.is_some())) {
        let next =
            course.iter().find(|it| it.after.as_ref() == Some(&lesson.id)).expect("a lesson that comes after it");
        let (Some(again), Some(shown)) = (beginning(&course, next), beginning(&as_shown, next)) else { return };
        assert_eq!(again, shown, "where {} begins", next.id);
        compared += 1;
    }
    assert_ne!(compared, 0, "no lesson does something else when it is repeated: then there need be no such field");
}
