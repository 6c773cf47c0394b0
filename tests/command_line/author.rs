//! What an author does: begin a lesson, have an editor know its form, look at one step, translate it, share the course.

use crate::support::boxlab::{Boxlab, Ran};
use crate::support::pty::Terminal;
use crate::support::schema;
use crate::support::skip;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A course with one lesson in it; none where no lab can be made.
fn begun(place: &Path) -> Option<(PathBuf, Ran)> {
    let folder = place.join("mine");
    let words =
        ["lesson", "new", folder.to_str().expect("text"), "--id", "shares", "--title", "It's \"shared\": a test"];
    let ran = Boxlab::new(words).run();
    if ran.status == Some(3) {
        skip("a lesson of an author's: no lab can be made here");
        return None;
    }
    assert_eq!(ran.status, Some(0), "{ran:#?}");
    Some((folder, ran))
}

#[test]
fn a_new_lesson_works_at_once() {
    let place = tempfile::tempdir().expect("a folder");
    let Some((folder, ran)) = begun(place.path()) else { return };
    let path = folder.to_str().expect("text");
    assert!(ran.stdout.contains("boxlab --lessons"), "{}", ran.stdout);
    assert!(folder.join("01-shares/record.json").is_file());
    let lint = Boxlab::new(["lesson", "lint", path]).run();
    assert_eq!((lint.status, lint.stdout.contains("1 lesson, no mistakes.")), (Some(0), true), "{}", lint.stdout);
    Boxlab::new(["--lessons", path, "verify"]).expect(0);
    Boxlab::new(["--lessons", path, "run", "shares", "--auto"]).expect(0);
    // The next one has the next number, and passes too; a name that is taken is refused, and nothing is overwritten.
    Boxlab::new(["lesson", "new", path, "--id", "more", "--title", "More"]).expect(0);
    assert!(folder.join("02-more/record.json").is_file());
    Boxlab::new(["lesson", "lint", path]).expect(0);
    let again = Boxlab::new(["lesson", "new", path, "--id", "more"]).expect(2);
    assert!(again.stderr.contains("02-more is there already"), "{}", again.stderr);
    let wrong = Boxlab::new(["lesson", "new", path, "--id", "../up"]).expect(2);
    assert!(wrong.stderr.contains("cannot be a lesson's name"), "{}", wrong.stderr);
}

#[test]
fn at_a_terminal_it_asks() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("asked");
    let mut boxlab = Boxlab::new(["lesson", "new", folder.to_str().expect("text")]);
    boxlab.command.env("COLUMNS", "100");
    let mut terminal = Terminal::start(boxlab, 30, 100);
    terminal.wait_for("by which it is called [first]:");
    terminal.send("shares\n");
    terminal.wait_for("Its title [A name of its own]:");
    terminal.send("\n");
    terminal.wait_for("wrote");
    terminal.end();
    let text = std::fs::read_to_string(folder.join("01-shares/lesson.yaml")).expect("a lesson");
    assert!(text.contains("title: \"A name of its own\""), "{text}");
}

/// One step, and no other.
#[test]
fn one_step_is_looked_at() {
    let place = tempfile::tempdir().expect("a folder");
    let Some((folder, _)) = begun(place.path()) else { return };
    let ran = Boxlab::new(["--lessons", folder.to_str().expect("text"), "lesson", "preview", "shares", "2"]).expect(0);
    assert!(
        ran.stdout.contains("Give it another name.") && ran.stdout.contains("sethostname(\"box\""),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("Ask for a UTS namespace of its own."), "{}", ran.stdout);
    let none = Boxlab::new(["--lessons", folder.to_str().expect("text"), "lesson", "preview", "shares", "3"]).expect(2);
    assert!(none.stderr.contains("has no step 3"), "{}", none.stderr);
}

/// Its progress is its own: the built-in lesson of the same name is another one.
#[test]
fn a_course_of_its_own_has_its_own_progress() {
    let place = tempfile::tempdir().expect("a folder");
    let Some((folder, _)) = begun(place.path()) else { return };
    let path = folder.to_str().expect("text");
    let home = tempfile::tempdir().expect("a home");
    let state = home.path().join(".local/state/boxlab");
    std::fs::create_dir_all(state.join("courses")).expect("a folder");
    let done = |id: &str| format!("{{ \"lessons\": {{ \"{id}\": {{ \"step\": 0, \"finished\": 1 }} }} }}");
    std::fs::write(state.join("courses/mine.json"), done("shares")).expect("a file");
    std::fs::write(state.join("progress.json"), done("process")).expect("a file");
    let finished = |words: &[&str]| -> Vec<String> {
        let ran = Boxlab::new(words).at_home_of(home.path()).expect(0);
        let list: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let done = list.as_array().expect("a list").iter().filter(|it| it["finished"] == true);
        done.map(|it| it["id"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(finished(&["--lessons", path, "list", "--json"]), ["shares"]);
    assert_eq!(finished(&["list", "--json"]), ["process"]);
}

#[test]
fn a_course_says_which_boxlab_it_needs() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("later");
    std::fs::create_dir_all(folder.join("01-made")).expect("a folder");
    std::fs::write(folder.join("course.yaml"), "id: later\ntitle: Later\nboxlab: 99.1\n").expect("a file");
    std::fs::write(folder.join("01-made/lesson.yaml"), "do: { teleport: box }\n").expect("a file");
    let path = folder.to_str().expect("text");
    for words in [&["--lessons", path, "list"][..], &["lesson", "lint", path]] {
        let ran = Boxlab::new(words).expect(2);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("This course needs Boxlab 99.1 or later"), "{said}");
        assert!(said.contains("course.yaml:3:9"), "with its place: {said}");
        assert!(
            !said.contains("teleport") && !said.contains("missing"),
            "what it cannot know it does not judge: {said}"
        );
    }
    for (text, said) in [
        ("id: Not So\ntitle: x\n", "cannot be a course's id"),
        ("id: x\ntitle: x\nboxlab: new\n", "is no version"),
        ("id: x\n", "has no `title`"),
        ("id: x\ntitle: x\nauthor: me\n", "`author` is no field of a course"),
    ] {
        std::fs::write(folder.join("course.yaml"), text).expect("a file");
        let ran = Boxlab::new(["--lessons", path, "list"]).expect(2);
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
}

/// Every file that there is fits the schema, and wrong ones do not.
#[test]
fn the_schema_fits_every_file() {
    let asked = |of: &str| -> serde_json::Value {
        let ran = Boxlab::new(["lesson", "schema", "--of", of]).expect(0);
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    let (lesson, exercise, course) = (asked("lesson"), asked("exercise"), asked("course"));
    let mut counted = 0;
    for (folder, file, schema) in [("lessons", "lesson.yaml", &lesson), ("exercises", "exercise.yaml", &exercise)] {
        for entry in std::fs::read_dir(Path::new(ROOT).join(folder)).expect("a folder").flatten() {
            let Ok(text) = std::fs::read_to_string(entry.path().join(file)) else { continue };
            let wrong = schema::check(schema, &schema::yaml(&text));
            assert!(wrong.is_empty(), "{}: {wrong:#?}", entry.path().display());
            counted += 1;
        }
    }
    assert!(counted > 40, "{counted} files only");
    assert!(schema::check(&course, &schema::yaml("id: x\ntitle: x\nboxlab: 0.1\n")).is_empty());
    let good = std::fs::read_to_string(Path::new(ROOT).join("lessons/02-hostname/lesson.yaml")).expect("a lesson");
    for (old, new) in [
        ("part: view", "part: vista"),
        ("minutes: 5", "minutes: five"),
        ("unshare: [uts]", "unshare: [utz]"),
        ("unshare: [uts]", "unshares: [uts]"),
        ("needs: [namespaces]", "needs: namespaces"),
        ("title: A name of its own", "titel: A name of its own"),
        ("      answer: b\n", ""),
        ("deeper: true", "deeper: yes please"),
        ("drop: [sys_admin]", "drop: sys_admin"),
        ("exit: 0", "exit: 256"),
        ("kinds: [uts]", "kind: [uts]"),
    ] {
        assert!(good.contains(old), "{old}");
        let wrong = schema::check(&lesson, &schema::yaml(&good.replacen(old, new, 1)));
        assert!(!wrong.is_empty(), "`{new}` is taken in place of `{old}`");
    }
    by_another(&lesson, &good);
}

/// The same by a validator that is nobody's of this project, where python3 has one.
fn by_another(lesson: &serde_json::Value, good: &str) {
    let there = Command::new("python3").args(["-c", "import jsonschema"]).output().is_ok_and(|it| it.status.success());
    if !there {
        return skip("the schema by another validator: python3 has no jsonschema here");
    }
    let script = "import sys, json, jsonschema\n\
        schema, good, bad = json.load(sys.stdin)\n\
        v = jsonschema.Draft7Validator(schema)\n\
        jsonschema.Draft7Validator.check_schema(schema)\n\
        sys.exit('\\n'.join(e.message for e in v.iter_errors(good)) or (0 if list(v.iter_errors(bad)) else 'bad is taken'))";
    let bad = schema::yaml(&good.replacen("unshare: [uts]", "unshare: [utz]", 1));
    let text = serde_json::json!([lesson, schema::yaml(good), bad]).to_string();
    let mut child = Command::new("python3")
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("python3 starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// German: every text of the two lessons, and nothing else changes.
#[test]
fn lessons_speak_another_language() {
    let json = |words: &[&str]| -> serde_json::Value {
        let ran = Boxlab::new(words).run();
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
    };
    for lesson in ["hostname", "pids"] {
        let words = ["run", lesson, "--auto", "--deeper", "--format", "json"];
        let english = json(&words);
        let german = json(&[&words[..], &["--language", "de"]].concat());
        let (one, other) = (english["steps"].as_array().expect("steps"), german["steps"].as_array().expect("steps"));
        assert_eq!(one.len(), other.len());
        assert_ne!(english["title"], german["title"]);
        for (one, other) in one.iter().zip(other) {
            assert_eq!(
                one["evidence"]["claims"].as_array().map(Vec::len),
                other["evidence"]["claims"].as_array().map(Vec::len)
            );
            for text in ["say", "why"] {
                assert_ne!(one["text"][text], other["text"][text], "step {} of {lesson}", one["number"]);
            }
            if one["text"]["notes"].is_string() {
                assert_ne!(one["text"]["notes"], other["text"]["notes"], "step {} of {lesson}", one["number"]);
            }
            if one["text"]["question"].is_object() {
                assert_eq!(one["text"]["question"]["answer"], other["text"]["question"]["answer"]);
                for text in ["ask", "because"] {
                    assert_ne!(one["text"]["question"][text], other["text"]["question"][text]);
                }
                for (letter, text) in one["text"]["question"]["options"].as_object().expect("options") {
                    assert_ne!(text, &other["text"]["question"]["options"][letter], "{letter}, step {}", one["number"]);
                }
                for (letter, text) in one["text"]["question"]["replies"].as_object().expect("replies") {
                    assert_ne!(text, &other["text"]["question"]["replies"][letter], "{letter}, step {}", one["number"]);
                }
            }
        }
    }
    let course = Path::new(ROOT).join("lessons");
    let by_environment = Boxlab::new(["list"]).env("BOXLAB_LANGUAGE", "de").expect(0);
    assert!(by_environment.stdout.contains("Ein eigener Name"), "{}", by_environment.stdout);
    let from_disk = Boxlab::new(["--lessons", course.to_str().expect("text"), "--language", "de", "list"]).expect(0);
    assert_eq!(from_disk.stdout, by_environment.stdout);
    let none = Boxlab::new(["--language", "xx", "list"]).expect(2);
    assert!(none.stderr.contains("There are: de, en."), "{}", none.stderr);
}

/// Other words from a folder; and words for what is not there are a mistake, with file and line.
#[test]
fn words_are_laid_over_a_lesson() {
    let place = tempfile::tempdir().expect("a folder");
    let words = place.path().join("02-hostname");
    std::fs::create_dir_all(&words).expect("a folder");
    let put = |text: &str| std::fs::write(words.join("lesson.yaml"), text).expect("a file");
    let path = place.path().to_str().expect("text");
    put("title: Another title\nsteps:\n  2: { say: Other words. }\n");
    let ran = Boxlab::new(["list"]).env("BOXLAB_OVERLAY", path).expect(0);
    assert!(ran.stdout.contains("Another title"), "{}", ran.stdout);
    let lint = Boxlab::new(["--overlay", path, "lesson", "lint"]).run();
    assert_eq!(lint.status, Some(0), "{}", lint.stdout);
    for (text, place, said) in [
        ("steps:\n  99: { say: x }\n", "lesson.yaml:2:3", "The lesson has no step `99`"),
        ("steps:\n  2:\n    why: x\n    sya: x\n", "lesson.yaml:4:5", "`sya` is none of a step's words"),
        ("steps:\n  1:\n    predict: { ask: x }\n", "lesson.yaml:3:5", "Step 1 asks for no prediction"),
        (
            "steps:\n  2:\n    predict: { options: { d: x } }\n",
            "lesson.yaml:3:27",
            "`d` is none of the lesson's options",
        ),
        ("do: { exit: 0 }\n", "lesson.yaml:1:1", "`do` is none of a lesson's words"),
        ("title: [x]\n", "lesson.yaml:1:8", "stands where a text belongs"),
    ] {
        put(text);
        for words in [&["--overlay", path, "lesson", "lint"][..], &["--overlay", path, "list"]] {
            let ran = Boxlab::new(words).expect(2);
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(all.contains(said) && all.contains(place), "{said} at {place}: {all}");
        }
    }
    put("title: Another title\n");
    // A machine would get the lessons without them, which would be another course than the one that was asked for.
    for command in [&["--overlay", path, "vm", "hostname"][..], &["--overlay", path, "verify", "--in", "vm"]] {
        let ran = Boxlab::new(command).expect(2);
        assert!(ran.stderr.contains("cannot be taken into a machine"), "{}", ran.stderr);
    }
    std::fs::rename(place.path().join("02-hostname"), place.path().join("02-nobody")).expect("a folder");
    let ran = Boxlab::new(["--overlay", path, "list"]).expect(2);
    assert!(ran.stderr.contains("There is no lesson `02-nobody` to lay this over"), "{}", ran.stderr);
}
