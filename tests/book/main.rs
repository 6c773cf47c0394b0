//! The companion book: what is put into its pages, both ways to make it, and what stops it. Nothing runs but the program
//! itself, which reads records; no lab is made.

#[path = "../support/mod.rs"]
mod support;

mod exercises;
mod pictures;
mod plain;

use boxlab::book::Course;
use boxlab::lesson::shelf::{Kept, Shelf};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use support::boxlab::{Boxlab, Ran, Who, everyone};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A book of one chapter, beside a copy of the lesson that it is about.
struct Clone {
    folder: TempDir,
}

impl Clone {
    /// `chapter` is the text of lessons/02-hostname.md.
    fn new(chapter: &str) -> Clone {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let made = Clone { folder };
        copy(&Path::new(ROOT).join("book/theme"), &made.path("book/theme"));
        for lesson in ["01-process", "02-hostname"] {
            copy(&Path::new(ROOT).join("lessons").join(lesson), &made.path("lessons").join(lesson));
        }
        made.write("book/book.toml", &support::book_settings());
        made.write("book/src/SUMMARY.md", "[About](README.md)\n\n- [A name](lessons/02-hostname.md)\n");
        made.write("book/src/README.md", "# About\n\nA book.\n");
        made.write("book/src/lessons/02-hostname.md", chapter);
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Replaces a text that must be there.
    fn change(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).expect("a file");
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, &text.replacen(from, to, 1));
    }

    fn build(&self) -> Boxlab {
        let mut boxlab = Boxlab::new(["book", "build", "site", "--source", "book"]);
        boxlab.command.current_dir(self.folder.path());
        boxlab
    }

    /// What is said of a book that cannot be built, on one line after the program's name.
    #[track_caller]
    fn refused(&self) -> String {
        let Ran { stderr, .. } = self.build().expect(2);
        assert!(!self.path("site").exists(), "a site was made all the same");
        stderr.strip_prefix("boxlab: ").unwrap_or(&stderr).to_owned()
    }

    fn page(&self) -> String {
        self.build().expect(0);
        std::fs::read_to_string(self.path("site/lessons/02-hostname.html")).expect("the page")
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            copy_file(&entry.path(), &to.join(entry.file_name()));
        }
    }
}

fn copy_file(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("a file");
}

const HEAD: &str = "# A name\n\n{{#lesson hostname}}\n\n";

#[test]
fn a_step_is_put_in_as_it_was_recorded() {
    let page = Clone::new(&format!("{HEAD}It is {{{{#fact 3 runtime.hostname}}}} now.\n\n{{{{#step 3}}}}\n")).page();
    let parts = [
        "It is <code class=\"fact\">box</code> now.",
        "id=\"hostname-step-3\"",
        "Set the name to box, and ask on the host.",
        "<kbd>hostname box</kbd>",
        "src/kernel/uts.rs",
        "pub fn sethostname",
        "sethostname(\"box\", 3) = 0",
        "From inside",
        "<del>labhost</del> <ins>box</ins>",
        "https://man7.org/linux/man-pages/man2/sethostname.2.html",
    ];
    for part in parts {
        assert!(page.contains(part) || page.replace("&quot;", "\"").contains(part), "`{part}` is missing");
    }
    assert!(!page.contains("{{#"), "a directive was left");
}

#[test]
fn a_failure_has_its_reason_and_a_question_its_replies() {
    let page = Clone::new(&format!("{HEAD}{{{{#step 5}}}}\n\n{{{{#quiz 2}}}}\n")).page();
    for part in
        ["fails: EPERM", "Why it failed:", "CAP_SYS_ADMIN", "the same as before", "Right.</b> A new UTS namespace"]
    {
        assert!(page.contains(part), "`{part}` is missing");
    }
    // Three options, each readable without a script.
    assert_eq!(page.matches("<details class=\"option is-").count(), 3);
}

#[test]
fn all_pictures_of_a_moment_as_one() {
    let page = Clone::new(&format!("{HEAD}{{{{#picture 2 whole runtime after}}}}\n")).page();
    let from = page.find("<svg aria-hidden").expect("a picture");
    let picture = page[from..].split("</svg>").next().expect("one");
    for name in ["Namespaces", "Mounts of runtime", "Capabilities of runtime"] {
        let title = format!(">{name}</text>");
        assert!(picture.contains(&title), "{name} is no part of it");
    }
}

#[test]
fn a_picture_has_both_moments_and_says_them_in_words() {
    let page = Clone::new(&format!("{HEAD}{{{{#picture 2}}}}\n")).page();
    assert!(
        page.contains("aria-label=\"Namespaces of kind uts: host in uts:[host] (name labhost); runtime in uts:[box]"),
        "no words"
    );
    assert_eq!(page.matches("type=\"radio\"").count(), 2);
    assert_eq!(
        (page.matches("role=\"img\"").count(), page.matches("<svg aria-hidden").count()),
        (2, 4),
        "two moments, each wide and narrow"
    );
}

/// Everything that a chapter can say wrongly, with file and line.
#[test]
fn a_mistake_in_a_chapter_stops_the_build_with_its_place() {
    let rows = [
        ("{{#step 99}}", "There is no step 99 in lesson hostname: it has 16."),
        ("{{#step hotname 3}}", "There is no lesson `hotname`: write `hostname`, if that is meant"),
        ("{{#step 3 whi}}", "It knows no word `whi`."),
        ("{{#step}}", "It wants the number of a step."),
        ("{{#stop 3}}", "There is no directive `stop`."),
        ("{{#quiz 5}}", "Step 5 of lesson hostname asks nothing."),
        ("{{#code unshar}}", "There is no anchor `unshar` in src/kernel."),
        ("{{#exercise hotname}}", "There is no exercise `hotname`."),
        ("{{#exercise}}", "It wants the name of an exercise."),
        ("{{#picture 3 curve}}", "Step 3 of lesson hostname draws nothing."),
        ("{{#picture 2 network}}", "Step 2 of lesson hostname has no facts for a picture of its network."),
        ("{{#picture 2 somebody}}", "`somebody` is no kind of picture, and no actor of that step."),
        ("{{#fact 3 runtime.hostnam}}", "`hostnam`"),
        ("{{#fact 3 nobody.hostname}}", "After step 3 of lesson hostname there is no fact nobody.hostname."),
        ("{{#manual unshare}}", "It wants a manual page."),
        ("{{#step hostnam 3}}", "There is no lesson `hostnam`."),
        ("{{#workshop 5 lessons hostname breaks 1}}", "Its parts take 11 minutes, and there are 5."),
        ("{{#workshop 5 lesson hostname}}", "It has no part `lesson`"),
        ("See {{#step 3}} here.", "`{{#step 3}}` stands in the middle of a line."),
        ("{{#step hostname 3 v1}}", "record.v1.json is missing"),
    ];
    for (directive, said) in rows {
        let told = Clone::new(&format!("{HEAD}{directive}\n")).refused();
        let first = told.lines().next().unwrap_or_default();
        assert!(first.starts_with("book/src/lessons/02-hostname.md:5: "), "{directive}: no place: {told}");
        assert!(first.contains(said), "{directive}: {told}");
    }
    let told = Clone::new("{{#step 3}}\n").refused();
    assert!(told.starts_with("book/src/lessons/02-hostname.md:1: It names no lesson"), "{told}");
}

#[test]
fn a_record_that_is_missing_damaged_or_old_is_named_with_the_command() {
    let (record, lesson) = ("lessons/02-hostname/record.json", "lessons/02-hostname/lesson.yaml");
    let refresh = "Next: boxlab --lessons lessons verify hostname --update";
    let check = |act: &dyn Fn(&Clone), said: &[&str]| {
        let clone = Clone::new(&format!("{HEAD}{{{{#step 3}}}}\n"));
        act(&clone);
        let told = clone.refused();
        for part in said {
            assert!(told.contains(part), "`{part}` is not said: {told}");
        }
        assert!(told.starts_with("book/src/lessons/02-hostname.md:3: "), "no place: {told}");
    };
    check(&|it| std::fs::remove_file(it.path(record)).expect("it was there"), &[lesson, record, "is missing", refresh]);
    check(&|it| it.write(record, "{\"lesson\": \"hostname\", "), &[record, "is damaged", refresh]);
    check(
        &|it| it.change(record, "\"before\": \"labhost\"", "\"before\": \"elsewhere\""),
        &[record, "is damaged", "elsewhere", refresh],
    );
    check(
        &|it| it.change(lesson, "runtime.hostname: box, host", "runtime.hostname: crate, host"),
        &[record, "does not fit", lesson, "step 3", refresh],
    );
    check(
        &|it| it.change(lesson, "fails: EPERM", "fails: EACCES"),
        &[record, "does not fit", lesson, "step 5", refresh],
    );
    check(
        &|it| it.change(lesson, "do: { sethostname: box }", "do: { sethostname: crate }"),
        &[record, "does not fit", lesson, "step 3", refresh],
    );
    check(
        &|it| {
            it.change(
                lesson,
                "\nsummary: >-",
                "\n  - as: runtime\n    say: Look.\n    do: look\n    why: So.\nsummary: >-",
            )
        },
        &[record, "step 17 was not recorded", refresh],
    );
}

#[test]
fn a_chapter_of_a_lesson_that_is_gone_is_named_where_it_is_listed() {
    let clone = Clone::new(HEAD);
    clone.write(
        "book/src/SUMMARY.md",
        "[About](README.md)\n\n- [A name](lessons/02-hostname.md)\n- [Gone](lessons/42-gone.md)\n",
    );
    clone.write("book/src/lessons/42-gone.md", "# Gone\n");
    let told = clone.refused();
    assert!(
        told.starts_with(
            "book/src/SUMMARY.md:4: the chapter lessons/42-gone.md is of a lesson that is not there: 42-gone."
        ),
        "{told}"
    );
    clone.write("book/src/SUMMARY.md", "[About](README.md)\n\n- [None](none.md)\n");
    let told = clone.refused();
    assert!(told.starts_with("book/src/SUMMARY.md:3: the chapter none.md is not there."), "{told}");
    assert!(!clone.path("book/src/none.md").exists(), "mdBook has written it");
}

#[test]
fn every_link_is_looked_at() {
    let rows = [
        ("[a](03-pids.md)", "leads to a page that is not there"),
        ("[a](#nowhere)", "leads to a place that lessons/02-hostname.html has not got"),
        ("[a](../index.html#nowhere)", "leads to a place that index.html has not got"),
        ("[a](http://example.org/)", "has not the form of an address that begins with https://"),
        ("![a](https://example.org/a.png)", "loads something from elsewhere"),
    ];
    for (link, why) in rows {
        let told = Clone::new(&format!("{HEAD}See {link}.\n")).refused();
        assert!(told.contains(why), "{link}: {told}");
        assert!(told.starts_with("book/src/lessons/02-hostname.md:5: the link "), "{link}: no place: {told}");
    }
    Clone::new(&format!("{HEAD}[a](#more) [b](../index.html#about) [c](https://example.org/a?b=c#d)\n\n## More\n"))
        .page();
}

#[test]
fn a_mistake_leaves_the_pages_that_were_there_and_no_other_folder_is_replaced() {
    let clone = Clone::new(&format!("{HEAD}{{{{#step 3}}}}\n"));
    let good = clone.page();
    clone.write("book/src/lessons/02-hostname.md", "{{#step 99}}\n");
    clone.build().expect(2);
    assert_eq!(std::fs::read_to_string(clone.path("site/lessons/02-hostname.html")).expect("still there"), good);
    let mut names: Vec<_> =
        std::fs::read_dir(clone.folder.path()).expect("a folder").flatten().map(|it| it.file_name()).collect();
    names.sort();
    assert_eq!(names, ["book", "lessons", "site"], "something was left");
    std::fs::remove_file(clone.path("site/.boxlab-book")).expect("the mark");
    let told = clone.build().expect(2).stderr;
    assert!(told.contains("site is not empty, and is no book that Boxlab has made."), "{told}");
}

/// The built-in book, by whoever starts it, from a directory that has nothing to do with it.
#[test]
fn an_installed_boxlab_makes_the_book_anywhere() {
    for who in everyone() {
        let run = Boxlab::by(who, ["book", "build", "made"]);
        let home = run.home.path().to_owned();
        let mut run = run;
        run.command.current_dir(&home);
        let child = run.spawn();
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{who:?}: {}", String::from_utf8_lossy(&output.stderr));
        let page = std::fs::read_to_string(home.join("made/lessons/02-hostname.html")).expect("the page");
        assert!(page.contains("hostname-step-16"), "{who:?}");
        let left: Vec<_> = std::fs::read_dir(&home).expect("a folder").flatten().map(|it| it.file_name()).collect();
        assert_eq!(left, ["made"], "{who:?}");
    }
}

/// Every step, question and picture of every lesson can be put into a page; so each record fits its lesson.
#[test]
fn all_that_was_recorded_can_be_shown() {
    let course = Course::new(Shelf::embedded()).expect("the lessons");
    let clone = Clone::new(HEAD);
    std::fs::remove_dir_all(clone.path("lessons")).expect("they were there");
    let mut summary = "[About](README.md)\n\n".to_owned();
    for numbered in course.lessons() {
        let mut text =
            format!("# {}\n\n{{{{#lesson {}}}}}\n\n{{{{#try}}}}\n\n", numbered.lesson.title, numbered.lesson.id);
        let told = course.told(&numbered.lesson.id, None).unwrap_or_else(|problem| panic!("{problem}"));
        for moment in &told.steps {
            let number = moment.record.number;
            if moment.record.text.question.is_some() {
                let _ = write!(text, "{{{{#quiz {number}}}}}\n\n");
            }
            let _ = write!(text, "{{{{#step {number} why notes}}}}\n\n{{{{#picture {number}}}}}\n\n");
        }
        // What was drawn is kept for one version of control groups or for both.
        for number in (1..).zip(&numbered.lesson.steps).filter(|(_, step)| step.draw.is_some()).map(|(at, _)| at) {
            let recorded = |kept| course.told(&numbered.lesson.id, Some(kept)).is_ok_and(|it| it.step(number).is_ok());
            let drawn = |kept| {
                let told = course.told(&numbered.lesson.id, Some(kept)).unwrap_or_else(|problem| panic!("{problem}"));
                course.drawing(&told, number).is_ok()
            };
            let all = [("v1", Kept::Groups1), ("v2", Kept::Usual)];
            let with: Vec<&str> =
                all.into_iter().filter(|(_, kept)| recorded(*kept) && drawn(*kept)).map(|it| it.0).collect();
            assert!(!with.is_empty(), "{} {number} was drawn nowhere", numbered.lesson.id);
            for which in with {
                let _ = write!(text, "{{{{#picture {number} curve {which}}}}}\n\n");
            }
        }
        text += "{{#docker}}\n\n{{#summary}}\n";
        clone.write(&format!("book/src/lessons/{}.md", numbered.folder), &text);
        let _ = writeln!(summary, "- [{}](lessons/{}.md)", numbered.lesson.title, numbered.folder);
    }
    clone.write("book/src/SUMMARY.md", &summary);
    clone.build().expect(0);
}

/// No console output is typed: a chapter has no block of code but those in Rust or Markdown, and no line that looks like
/// a call that was recorded. Where a prompt is meant, the set-up page marks it.
#[test]
fn no_output_is_typed_into_a_chapter() {
    fn look(folder: &Path, wrong: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                look(&path, wrong);
                continue;
            }
            if path.extension().is_none_or(|end| end != "md") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            // A file that readers write, and no output of anything.
            let mut file = false;
            for (at, line) in text.lines().enumerate() {
                if line.starts_with("```") {
                    file = line == "```yaml";
                }
                let marked = ["```markdown", "```sh prompt", "```sh", "```yaml"];
                let typed = (line.starts_with("```") && line.len() > 3 && !marked.contains(&line))
                    || (line.starts_with("    ") && !file)
                    || line.contains(") = 0")
                    || line.contains("= -1 E");
                if typed {
                    wrong.push(format!("{}:{}: {line}", path.display(), at + 1));
                }
            }
        }
    }
    let mut wrong = Vec::new();
    look(&Path::new(ROOT).join("book/src"), &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_book_is_served_to_this_machine_alone_and_made_anew() {
    use std::io::{BufRead, BufReader, Read, Write};
    let clone = Clone::new(&format!("{HEAD}{{{{#step 3}}}}\n"));
    let mut run = Boxlab::by(Who::Me, ["book", "serve", "--source", "book", "--port", "0"]);
    run.command.current_dir(clone.folder.path());
    let mut child = run.spawn();
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let first = lines.next().expect("a line").expect("text");
    let port: u16 =
        first.split([':', '/']).find_map(|it| it.parse().ok()).unwrap_or_else(|| panic!("no port: {first}"));
    let ask = |path: &str| {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    };
    assert!(ask("/").contains("200 OK") && ask("/").contains("/-/news"));
    assert!(ask("/lessons/02-hostname.html").contains("hostname-step-3"));
    assert!(ask("/nowhere.html").starts_with("HTTP/1.1 404"));
    assert!(ask("/../book/book.toml").starts_with("HTTP/1.1 404"), "it gave what is not of the site");
    // Nothing but 127.0.0.1 is bound: every local port of this number is of that address.
    let open = std::fs::read_to_string("/proc/net/tcp").expect("the list of sockets");
    let hexed = format!(":{port:04X} ");
    let bound: Vec<&str> = open
        .lines()
        .filter(|line| {
            line.split_whitespace().nth(1).is_some_and(|it| format!("{it} ").ends_with(&hexed)) && line.contains(" 0A ")
        })
        .collect();
    assert!(bound.len() == 1 && bound[0].contains(&format!("0100007F:{port:04X}")), "{bound:?}");
    let waiting = std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        write!(stream, "GET /-/news HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
        let mut line = String::new();
        let mut reader = BufReader::new(stream);
        while !line.contains("event: made") {
            line.clear();
            assert!(reader.read_line(&mut line).expect("it holds the line") > 0, "it hung up");
        }
    });
    // Written until it is noticed: the page may have been changed before anybody watched it.
    let mut noticed = false;
    for number in 4..16 {
        clone.write("book/src/lessons/02-hostname.md", &format!("{HEAD}{{{{#step {number}}}}}\n"));
        let line = lines.next().expect("a line").expect("text");
        assert!(line.starts_with("made anew: "), "{line}");
        if waiting.is_finished() {
            noticed = true;
            break;
        }
    }
    assert!(noticed || waiting.join().is_ok());
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::Signal::SIGINT)
        .expect("it lives");
    assert!(child.wait().expect("it ends").success());
    run.mark.assert_nothing_left();
    let left: Vec<_> = std::fs::read_dir(run.home.path()).expect("a folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The same record gives the same recording, with a marker for each step that is shown.
#[test]
fn a_recording_is_made_from_the_record() {
    let one = Boxlab::new(["record", "hostname"]).expect(0).stdout;
    let run = Boxlab::new(["record", "2", "-o", "made.cast"]);
    let home = run.home.path().to_owned();
    let mut run = run;
    run.command.current_dir(&home);
    assert!(run.spawn().wait().expect("it ends").success());
    assert_eq!(std::fs::read_to_string(home.join("made.cast")).expect("the file"), one);
    let mut lines = one.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let head = lines.next().expect("a head");
    assert_eq!((head["version"].as_u64(), head["width"].as_u64()), (Some(2), Some(80)));
    let events: Vec<serde_json::Value> = lines.collect();
    let times: Vec<f64> = events.iter().filter_map(|it| it[0].as_f64()).collect();
    assert!(times.is_sorted() && times.len() == events.len(), "{times:?}");
    let markers: Vec<&str> = events.iter().filter(|it| it[1] == "m").filter_map(|it| it[2].as_str()).collect();
    assert_eq!(markers.len(), 11 + 1, "{markers:?}");
    assert!(markers[2].starts_with("3 Set the name to box"), "{markers:?}");
    assert!(one.contains("sethostname(\\\"box\\\", 3) = 0") && one.contains("\\u001b["), "no call, or no colour");
}
