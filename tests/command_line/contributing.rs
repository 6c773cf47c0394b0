//! CONTRIBUTING.md says what an author may write. Here it is held against the code: its words are all there, and the
//! lesson that it begins with is a lesson.

use crate::support::boxlab::Boxlab;
use boxlab::evidence::Key;
use boxlab::evidence::expect::Claim;
use boxlab::kernel::Operation;
use boxlab::lesson::tree::{Content, Node};
use std::path::Path;

const TEXT: &str = include_str!("../../CONTRIBUTING.md");

/// The words that a type of the model takes, in the order of the code: asked by a word that none has.
fn operations() -> Vec<String> {
    let wrong = Node { id: 1, span: 0..0, content: Content::Text { text: "qqqq".to_owned(), plain: true } };
    let mistakes = boxlab::lesson::decode::decode::<Operation>(&wrong).expect_err("no such operation");
    let list = mistakes[0].expected.strip_prefix("one of: ").expect("all of them");
    list.split(", ").map(str::to_owned).collect()
}

/// A part of the document, up to the next heading.
fn part(heading: &str) -> &'static str {
    let (_, rest) = TEXT.split_once(&format!("### {heading}\n")).expect("the heading");
    rest.split("\n#").next().unwrap_or_default()
}

#[test]
fn the_tables_have_every_word_of_the_code() {
    let (all, table) = (operations(), part("Operations"));
    assert!(all.len() > 20, "{all:?}");
    let missing: Vec<_> = all
        .iter()
        .filter(|word| ![format!("`{word}:"), format!("`{word}`")].iter().any(|it| table.contains(it)))
        .collect();
    assert!(missing.is_empty(), "operations that CONTRIBUTING.md lacks: {missing:?}");
    let missing: Vec<_> = Key::forms().into_iter().filter(|it| !part("Facts").contains(&format!("`{it}`"))).collect();
    assert!(missing.is_empty(), "facts that CONTRIBUTING.md lacks: {missing:?}");
    let words = Claim::FORMS.split(", ").filter(|it| !it.starts_with("or "));
    let missing: Vec<_> = words.filter(|it| !part("Claims").contains(&format!("`{it}`"))).collect();
    assert!(missing.is_empty(), "claims that CONTRIBUTING.md lacks: {missing:?}");
}

#[test]
fn every_fact_of_the_table_is_one() {
    let rows = part("Facts").lines().filter_map(|line| line.strip_prefix("| `"));
    let facts = rows.flat_map(|row| row.split('|').next().unwrap_or_default().split('`'));
    let facts: Vec<&str> = facts.map(str::trim).filter(|it| !it.is_empty()).collect();
    assert!(facts.len() > 20, "{facts:?}");
    for fact in facts {
        assert!(fact.parse::<Key>().is_ok(), "{fact}");
    }
}

/// With its dots filled in it passes the linter among the lessons of the course, and does what it claims.
#[test]
fn the_first_lesson_of_an_author_is_a_lesson() {
    let (_, rest) = TEXT.split_once("```yaml\n").expect("the template");
    let template = rest.split("```").next().unwrap_or_default();
    let place = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| {
        std::fs::create_dir_all(place.path().join(name)).expect("a folder");
        std::fs::write(place.path().join(name).join("lesson.yaml"), text).expect("a file");
    };
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    for lesson in std::fs::read_dir(course).expect("the course").flatten().filter(|it| it.path().is_dir()) {
        let text = std::fs::read_to_string(lesson.path().join("lesson.yaml")).expect("a lesson");
        put(&format!("lessons/{}", lesson.file_name().to_string_lossy()), &text);
    }
    put("lessons/90-slug", &template.replace('…', "A sentence with something in it."));
    let (_, after) = TEXT.split_once("docker: [\"…\"]").expect("the template");
    typed(after.split("### ").next().unwrap_or_default(), place.path());
    assert!(place.path().join("lessons/90-slug/record.json").is_file());
}

/// The ready pipelines say what `boxlab` understands, for a course that is made as above.
#[test]
fn the_ready_pipelines_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pipelines");
    for name in ["github-actions.yaml", "gitlab-ci.yaml"] {
        let text = std::fs::read_to_string(root.join(name)).expect("a pipeline");
        crate::support::schema::yaml(&text);
        let place = tempfile::tempdir().expect("a folder");
        let commands = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("- "))
            .map(|it| it.trim_start_matches("run: "));
        let commands: Vec<&str> = commands.filter(|it| it.starts_with("boxlab ") && !it.contains("doctor")).collect();
        assert_eq!(commands.len(), 2, "{name}: {commands:?}");
        let first = "    boxlab lesson new mine --id first --title First".to_owned();
        let all: Vec<String> = std::iter::once(first).chain(commands.iter().map(|it| format!("    {it}"))).collect();
        typed(&all.join("\n"), place.path());
        assert!(place.path().join("lessons.xml").is_file());
    }
}

/// What stands there for a course of one's own, typed word by word in an empty folder.
#[test]
fn a_course_is_made_word_by_word() {
    let place = tempfile::tempdir().expect("a folder");
    typed(part("A course of your own"), place.path());
    let xml = std::fs::read_to_string(place.path().join("lessons.xml")).expect("the results");
    assert!(xml.contains("boxlab.shares") && !xml.contains("<failure") && !xml.contains("<skipped"), "{xml}");
}

/// Types each indented line of a text in a shell, as somebody would who follows it; each must succeed.
fn typed(text: &str, place: &Path) {
    let commands: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("    boxlab ")).collect();
    assert!(commands.len() > 2, "{commands:?}");
    let bin = Path::new(env!("CARGO_BIN_EXE_boxlab")).parent().expect("a folder").display().to_string();
    for words in commands {
        let mut boxlab = Boxlab::new(["--version"]);
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &format!("boxlab {words}")]).current_dir(place).stdin(std::process::Stdio::null());
        shell
            .env_clear()
            .env("PATH", format!("{bin}:/usr/bin:/bin"))
            .env("LANG", "C.UTF-8")
            .env("HOME", boxlab.home.path());
        std::mem::swap(&mut boxlab.command, &mut shell);
        boxlab.command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let ran = boxlab.run();
        assert_eq!(ran.status, Some(0), "boxlab {words}\n{}{}", ran.stdout, ran.stderr);
    }
}
