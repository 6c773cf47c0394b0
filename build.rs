//! Three things before the program is built. On another system than Linux the build stops with a sentence. The lessons
//! and the book are part of the program: a new file among them must lead to a new build, which the macro that takes them in cannot see
//! to by itself. And since each start of the program would read all of them, their YAML is read here: `lesson::ready`
//! has what comes of it. What cannot be read here is left out, and then read, and judged, when the program runs.

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=exercises");
    println!("cargo::rerun-if-changed=book/src");
    println!("cargo::rerun-if-changed=book/theme");
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system != "linux") {
        println!(
            "cargo::error=Boxlab needs a Linux kernel: it makes namespaces and mounts, and shows what the kernel says of \
             them. On macOS or Windows, build and run it inside a Linux virtual machine (Lima, Multipass, WSL 2)."
        );
        return;
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    std::fs::write(out.join("lessons.ready"), lessons(Path::new("lessons"))).expect("the folder can be written to");
}

/// For each lesson its folder's name and its tree.
fn lessons(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    for path in folders {
        let (Ok(yaml), Some(name)) = (std::fs::read_to_string(path.join("lesson.yaml")), path.file_name()) else {
            continue;
        };
        if let Some(tree) = tree(&yaml) {
            text(&mut all, &name.to_string_lossy());
            number(&mut all, tree.len());
            all.extend(tree);
        }
    }
    all
}

/// `P` or `Q` and a text, plain or in quotes; `L` or `M` and how many, and then the values, or names and values.
fn tree(yaml: &str) -> Option<Vec<u8>> {
    // Of each list or mapping that is open: its letter, and what is in it so far.
    let mut open: Vec<(u8, usize, Vec<u8>)> = vec![(b'D', 0, Vec::new())];
    for event in Parser::new_from_str(yaml) {
        match event.ok()?.0 {
            Event::Scalar(words, style, _, None) => {
                let (kind, count, bytes) = open.last_mut()?;
                if !(*kind == b'M' && *count % 2 == 0) {
                    bytes.push(if style == ScalarStyle::Plain { b'P' } else { b'Q' });
                }
                text(bytes, &words);
                *count += 1;
            }
            Event::SequenceStart(_, _, None) => open.push((b'L', 0, Vec::new())),
            Event::MappingStart(_, _, None) => open.push((b'M', 0, Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => {
                let (kind, count, bytes) = open.pop()?;
                let (above, above_count, into) = open.last_mut()?;
                // A list or a mapping is no name.
                if *above == b'M' && *above_count % 2 == 0 {
                    return None;
                }
                *above_count += 1;
                into.push(kind);
                number(into, if kind == b'M' { count / 2 } else { count });
                into.extend(bytes);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) | Event::Anchor(..) => return None,
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) => return None,
            _ => {}
        }
    }
    let (_, count, bytes) = open.pop()?;
    (count == 1 && open.is_empty()).then_some(bytes)
}

fn number(into: &mut Vec<u8>, number: usize) {
    into.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn text(into: &mut Vec<u8>, text: &str) {
    number(into, text.len());
    into.extend(text.as_bytes());
}
