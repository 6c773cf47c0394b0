//! x
use boxlab::*;
fn main() {
    if std::env::args().next().unwrap().ends_with("ls") {
        println!("I am ls");
        return;
    }
    let text = std::fs::read_to_string("lessons/02-hostname/lesson.yaml").unwrap();
    let l: lesson::model::Lesson = serde_yaml::from_str(&text).unwrap();
    let plan = lesson::plan::Plan::new(&[], &l, Default::default());
    let b = Default::default();
    let mut w = lesson::walk::Walk::start(&plan, &b).unwrap();
    let s = show::Screen::default();
    let n = l.steps.len();
    print!("{}", s.head(2, &l, "here"));
    let r = w
        .rest(|r| {
            print!("{}{}", s.before(r.number, n, &r.text, false), s.after(r));
            eprintln!("{}us", r.evidence.nanos / 1000);
        })
        .unwrap();
    print!("{}", s.end(&l, &r));
    print!("{}", show::sides::sides(w.facts(), "container", 80, false));
}
