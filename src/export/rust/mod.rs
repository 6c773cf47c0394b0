//! A lesson as a Rust program: a package with nix as its only dependency, whose main calls Boxlab's own functions, step by
//! step, in processes that are the lab's actors.

mod calls;
mod source;

use super::File;
use super::acts::Acts;
use crate::kernel::operation::{Operation, Place, Program};
use std::collections::BTreeSet;
use std::fmt::Write;

const LAB: &str = include_str!("lab.rs.txt");
const MAIN: &str = include_str!("main.rs.txt");
const NETWORK: &str = include_str!("network.rs.txt");
const PLACE: &str = include_str!("place.rs.txt");
/// That of the exercises, which has the versions of Boxlab's own.
const LOCK: &str = include_str!("../../../exercises/languages/rust/Cargo.lock");

/// Where the same was said before.
const AS_ABOVE: &str = "    // (Not here, for a reason given above.)\n";

/// The package.
pub fn export(acts: &Acts) -> Vec<File> {
    let name = format!("box-{}", acts.lesson.id);
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nnix = {{ version = \"0.32\", features = \
         [\"fs\", \"hostname\", \"mount\", \"poll\", \"process\", \"sched\", \"signal\", \"socket\", \"user\"] }}\n\n# A package of its own, wherever this folder lies.\n[workspace]\n"
    );
    let lock = LOCK.replace("name = \"mybox\"", &format!("name = \"{name}\""));
    let mut files = vec![
        File::text("Cargo.toml", manifest),
        File::text("Cargo.lock", locked(&lock, &name)),
        File::text("src/main.rs", main(acts)),
        File::text("src/lab.rs", LAB.to_owned()),
        File::text("src/network.rs", NETWORK.to_owned()),
        File::text("src/place.rs", PLACE.to_owned()),
    ];
    files.extend(source::files());
    files
}

/// The lock of a package that needs nix alone: its entry is moved to where cargo wants it, by name.
fn locked(lock: &str, name: &str) -> String {
    let mut parts: Vec<String> = lock.split("\n\n").map(|it| it.trim_end().to_owned()).collect();
    let own = format!("name = \"{name}\"");
    for part in &mut parts {
        if part.contains(&own) {
            *part = part.replace(" \"libc\",\n", "");
        }
    }
    // The first part is the file's head.
    parts[1..].sort_by_key(|part| part.lines().nth(1).map(str::to_owned));
    parts.join("\n\n") + "\n"
}

fn main(acts: &Acts) -> String {
    let names: BTreeSet<&str> = acts.done().filter_map(|(_, it)| it.child()).map(String::as_str).collect();
    let actors: Vec<&str> = ["host", "runtime"].into_iter().chain(names).collect();
    let head = format!("{}. Boxlab's lesson {}, `{}`", acts.lesson.title, acts.number, acts.lesson.id);
    let mut text = MAIN.replace("@LESSON@", &head).replace("@ACTORS@", &format!("{actors:?}"));
    let (mut last, mut told) = (u8::MAX, BTreeSet::new());
    for act in &acts.acts {
        if act.lesson.0 != last {
            last = act.lesson.0;
            write!(text, "\n    // ── Lesson {}: {}\n", act.lesson.0, act.lesson.1).ok();
        }
        if act.number > 0 {
            comment(&mut text, &format!("{}. {}", act.number, act.say));
        }
        if let Some(why) = act.left_out {
            comment(&mut text, &format!("(Left out: {why}.)"));
            continue;
        }
        if act.does.is_empty() {
            comment(&mut text, "(It comes with the next.)");
        }
        for (actor, operation) in &act.does {
            if let Some(name) = acts.names_a_tool(operation) {
                comment(&mut text, &format!("(The program {name} was put there with the others.)"));
                continue;
            }
            match calls::call(actor, &completed(acts, operation)) {
                Ok(line) => writeln!(text, "    {line}").unwrap_or_default(),
                Err(note) if told.insert(note) => comment(&mut text, note),
                // Many steps of a network in a row.
                Err(_) if text.ends_with(AS_ABOVE) => {}
                Err(_) => text.push_str(AS_ABOVE),
            }
        }
    }
    write!(text, "\n    lab.end({:?})\n}}\n", acts.inside()).ok();
    text
}

fn comment(text: &mut String, line: &str) {
    for line in textwrap::wrap(line, 104) {
        writeln!(text, "    // {line}").ok();
    }
}

/// With the tools that later lessons give the container.
fn completed(acts: &Acts, operation: &Operation) -> Operation {
    match operation {
        Operation::Place(place) if place.program == Program::Tools => {
            let names = place.names.iter().cloned().chain(acts.more_tools()).collect();
            Operation::Place(Place { names, ..place.clone() })
        }
        other => other.clone(),
    }
}
