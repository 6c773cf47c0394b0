//! Frames as they are drawn, at three sizes: made from the record beside a lesson, so that a frame changes only where the lesson,
//! its record or the screen does. They are read by eye before they are accepted.

use boxlab::book::{Course, Moment, Told};
use boxlab::lesson::shelf::Shelf;
use boxlab::screen::draw::draw;
use boxlab::screen::scene::{Place, Scene};
use boxlab::screen::theme::{Ground, Theme};
use boxlab::screen::view::{Above, Pane, View};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use std::rc::Rc;

const THEME: Theme = Theme { ground: Ground::Dark, colour: true, utf8: true };
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (250, 70)];

/// A frame of a recorded step, as text, and its cells that are green: what the step changed.
fn frame(lesson: &str, number: usize, place: Place, size: (u16, u16), change: impl Fn(&mut View)) -> (String, usize) {
    let told = told(&course(), lesson);
    frame_of(&told, told.step(number).unwrap_or_else(|problem| panic!("{problem}")), place, size, change)
}

fn course() -> Course {
    Course::new(Shelf::embedded()).unwrap_or_else(|problem| panic!("{problem}"))
}

fn told(course: &Course, lesson: &str) -> Rc<Told> {
    course.told(lesson, None).unwrap_or_else(|problem| panic!("{problem}"))
}

fn frame_of(
    told: &Told,
    moment: &Moment,
    place: Place,
    size: (u16, u16),
    change: impl Fn(&mut View),
) -> (String, usize) {
    colored::control::set_override(true);
    let scene = Scene::recorded((told.number, &told.lesson), &moment.record, &moment.before, &moment.after, place);
    let mut view = View::new(THEME);
    change(&mut view);
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal");
    terminal.draw(|frame| draw(frame, &scene, &view, None)).expect("a frame");
    let buffer = terminal.backend().buffer();
    let line =
        |row: &[ratatui::buffer::Cell]| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned();
    let lines: Vec<String> = buffer.content.chunks(usize::from(size.0)).map(line).collect();
    (lines.join("\n"), buffer.content.iter().filter(|cell| cell.fg == Color::Green).count())
}

#[test]
fn a_step_that_changes_a_name() {
    for size in SIZES {
        let (text, green) = frame("hostname", 3, Place::Done, size, |_| {});
        assert!(green > 0, "what changed stands out:\n{text}");
        insta::assert_snapshot!(format!("hostname 3 at {}x{}", size.0, size.1), text);
    }
}

#[test]
fn a_question_that_is_not_answered() {
    for size in SIZES {
        let (text, _) = frame("pids", 3, Place::Ahead, size, |_| {});
        insta::assert_snapshot!(format!("pids 3 ahead at {}x{}", size.0, size.1), text);
    }
}

#[test]
fn a_step_that_fails_in_a_mount_namespace() {
    for size in SIZES {
        let number = first_failure("pivot");
        let (text, _) = frame("pivot", number, Place::Done, size, |_| {});
        insta::assert_snapshot!(format!("pivot fails at {}x{}", size.0, size.1), text);
    }
}

fn first_failure(lesson: &str) -> usize {
    let told = told(&course(), lesson);
    let fails = |it: &&boxlab::lesson::model::Step| it.fails.is_some() && !it.deeper;
    told.lesson.steps.iter().position(|step| fails(&step)).expect("a step that fails") + 1
}

#[test]
fn for_an_audience() {
    for (place, name) in [(Place::Ahead, "ahead"), (Place::Done, "done")] {
        let (text, _) = frame("hostname", 3, place, (120, 40), |view| view.presenting = true);
        insta::assert_snapshot!(format!("hostname 3 presented, {name}"), text);
    }
}

#[test]
fn what_lies_above() {
    let (help, _) = frame("hostname", 3, Place::Done, (80, 24), |view| view.above = Above::Help(0));
    insta::assert_snapshot!("help at 80x24", help);
    // On fewer lines it is scrolled to its end.
    let (help, _) = frame("hostname", 3, Place::Done, (40, 12), |view| view.above = Above::Help(usize::MAX));
    assert!(help.contains("quit; progress is kept") && !help.contains("do the step; then"), "{help}");
    let (steps, _) = frame("hostname", 3, Place::Done, (80, 24), |view| view.above = Above::Steps(2));
    insta::assert_snapshot!("steps at 80x24", steps);
}

#[test]
fn a_pane_alone() {
    let picture = |view: &mut View| (view.zoom, view.picture, view.focus) = (true, true, Pane::Picture);
    let (text, _) = frame("pids", 3, Place::Done, (80, 24), picture);
    insta::assert_snapshot!("picture alone at 80x24", text);
}

/// Every recorded step of every lesson, at sizes from none to large: nothing panics, and the step's number is there.
#[test]
fn every_step_has_a_frame_at_every_size() {
    let course = course();
    for lesson in course.lessons().iter().map(|it| it.lesson.id.clone()) {
        let told = told(&course, &lesson);
        for (at, moment) in told.steps.iter().enumerate() {
            let number = moment.record.number;
            let size = [(80, 24), (72, 20), (40, 30), (10, 3), (1, 1), (160, 45), (250, 70)][at % 7];
            let (text, _) = frame_of(&told, moment, Place::Done, size, |_| {});
            if size.0 >= 72 {
                assert!(
                    text.contains(&format!(" {number}/{} · ", told.lesson.steps.len())),
                    "{lesson} {number}:\n{text}"
                );
            }
        }
    }
}
