//! The chapters of exercises: what is put into them, and that there is one for each.

use super::{Clone, HEAD, ROOT};
use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(ROOT).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of all exercises, and their names.
fn all() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(Path::new(ROOT).join("exercises")).expect("the exercises").flatten();
    let folders = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut found: Vec<(String, String)> = folders
        .filter(|folder| Path::new(ROOT).join("exercises").join(folder).join("exercise.yaml").exists())
        .map(|folder| (folder.clone(), folder.split_once('-').expect("a number").1.to_owned()))
        .collect();
    found.sort();
    assert!(found.len() >= 30, "{found:?}");
    found
}

#[test]
fn an_exercise_is_put_in_from_its_own_folder() {
    let page = Clone::new(&format!("{HEAD}{{{{#exercise hostname}}}}\n")).page();
    let parts = [
        "Start a program in a UTS namespace of its own, in which the host's name is box.",
        // The task, as Markdown.
        "sets the host’s name in it to <code>box</code>",
        "boxlab exercise start hostname --lang shell",
        "boxlab exercise watch",
        "<code>sh main.sh /probe</code>",
        // The table.
        "In it the host's name is box.",
        "<b>probe</b> UTS namespace <span class=\"note\">from outside</span>",
        "one that was not there before",
        "<b>host</b> host name <span class=\"note\">from inside</span>",
        "unchanged",
        "with <code>exit 0</code>",
        "It takes no longer than 10 seconds.",
        // Where one begins, in each language.
        "You begin with, in Shell: <span class=\"file\">main.sh</span>",
        "You begin with, in Rust: <span class=\"file\">src/main.rs</span>",
        "TODO: in a UTS namespace of its own",
        "Hint 3: the call with its arguments",
        "The order is the whole point",
        "A solution, in Python: <span class=\"file\">main.py</span>",
        "<code>name-first</code> is stopped by: The host keeps its name.",
        "The checker says:</b> The name was set before the namespace was unshared",
        "Found <code>labhost</code>: ",
    ];
    let plain = page.replace("&quot;", "\"").replace("host's", "host’s");
    for part in parts {
        assert!(page.contains(part) || plain.contains(part), "`{part}` is missing");
    }
    // Closed until somebody opens it, without any script.
    for closed in ["<details class=\"hint\">", "<details class=\"give-up\">", "<details class=\"wrong\">"] {
        assert!(page.contains(closed), "{closed}");
    }
    assert_eq!(page.matches("<details class=\"hint\">").count(), 3);
    assert!(!page.contains("{{#"), "a directive was left");
}

#[test]
fn what_somebody_does_in_a_check_is_said_with_its_end() {
    let page = Clone::with_lessons(&format!("{HEAD}{{{{#exercise net-repair-1}}}}\n")).page();
    for part in [
        "<b>box</b> does",
        "203.0.113.2",
        "what it answers has <code>connected</code> in it",
        "<code>accept-rule</code>",
    ] {
        assert!(page.contains(part), "`{part}` is missing");
    }
}

/// Nobody who looks for words or prints the book is told a solution.
#[test]
fn what_gives_something_away_is_neither_searched_nor_printed() {
    let clone = Clone::new(&format!("{HEAD}{{{{#exercise hostname}}}}\n"));
    let page = clone.page();
    let read = |name: &str| std::fs::read_to_string(clone.path("site").join(name)).expect("a file");
    let (index, print) = (read("searchindex.js"), read("print.html"));
    for secret in ["The order is the whole point", "name-first", "its children inherit it"] {
        assert!(page.contains(secret), "{secret}");
        assert!(!index.contains(secret) && !print.contains(secret), "{secret}");
    }
    for open in ["Start a program in a UTS namespace", "makes a new UTS namespace"] {
        assert!(index.contains(open) && print.contains(open), "{open}");
    }
}

#[test]
fn a_chapter_of_an_exercise_that_is_gone_is_named_where_it_is_listed() {
    let clone = Clone::new(HEAD);
    clone.write(
        "book/src/SUMMARY.md",
        "[About](README.md)\n\n- [A name](lessons/02-hostname.md)\n- [Gone](exercises/42-gone.md)\n",
    );
    clone.write("book/src/exercises/42-gone.md", "# Gone\n");
    let told = clone.refused();
    assert!(
        told.starts_with(
            "book/src/SUMMARY.md:4: the chapter exercises/42-gone.md is of an exercise that is not there: 42-gone."
        ),
        "{told}"
    );
}

#[test]
fn every_exercise_has_its_chapter() {
    let summary = text("book/src/SUMMARY.md");
    let mut missing = Vec::new();
    for (folder, name) in all() {
        let chapter = format!("exercises/{folder}.md");
        let file = Path::new(ROOT).join("book/src").join(&chapter);
        let words = std::fs::read_to_string(&file).unwrap_or_default();
        if !words.lines().any(|line| line.trim() == format!("{{{{#exercise {name}}}}}")) {
            missing.push(format!("book/src/{chapter}: no `{{{{#exercise {name}}}}}` on a line of its own"));
        }
        if !summary.contains(&format!("]({chapter})")) {
            missing.push(format!("book/src/SUMMARY.md: no line for {chapter}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Each of them can be put into a page.
#[test]
fn every_exercise_can_be_shown() {
    let directives: Vec<String> = all().into_iter().map(|(_, name)| format!("{{{{#exercise {name}}}}}\n")).collect();
    let page = Clone::with_lessons(&format!("{HEAD}{}", directives.join("\n"))).page();
    assert_eq!(page.matches("class=\"exercise-head\"").count(), all().len());
}
