//! The files of src/kernel that an exported program is made of: those whose functions the lessons show, as they are, but for
//! what reads them from YAML. So the program calls what Boxlab calls, and a change here is a change there.

use super::super::File;
use crate::kernel::code;

macro_rules! kernel {
    ($name:literal) => {
        ($name, include_str!(concat!("../../kernel/", $name)))
    };
}

/// Whole files. `error.rs` and `operation.rs` are given apart.
const FILES: [(&str, &str); 14] = [
    kernel!("attach.rs"),
    kernel!("capabilities.rs"),
    kernel!("capability_sets.rs"),
    kernel!("error.rs"),
    kernel!("files.rs"),
    kernel!("idmaps.rs"),
    kernel!("init.rs"),
    kernel!("mount_forms.rs"),
    kernel!("mounts.rs"),
    kernel!("namespaces.rs"),
    kernel!("privileges.rs"),
    kernel!("process.rs"),
    kernel!("queues.rs"),
    kernel!("rootfs.rs"),
];
const UTS: &str = include_str!("../../kernel/uts.rs");
const CAPABILITIES: (&str, &str) =
    ("data/docker/capabilities-20.10.24.txt", include_str!("../../../data/docker/capabilities-20.10.24.txt"));

/// What thiserror writes for Boxlab.
const DISPLAY: &str = "
impl std::fmt::Display for Failed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let on = self.on.as_deref().map(|on| format!(\" {on}\")).unwrap_or_default();
        write!(out, \"{}{on}: {}\", self.call, self.errno)
    }
}
";

/// All of them, as files of the package.
pub fn files() -> Vec<File> {
    let mut files: Vec<File> = FILES
        .iter()
        .chain([&("uts.rs", UTS)])
        .map(|(name, text)| {
            let mut text = plain(text);
            if *name == "error.rs" {
                text.push_str(DISPLAY);
            }
            File::text(&format!("src/kernel/{name}"), text)
        })
        .collect();
    let forms = plain(code::by_anchor("forms").map(|it| it.text).unwrap_or_default());
    files.push(File::text(
        "src/kernel/operation.rs",
        format!("//! The arguments of operations, as lessons write them.\n\nuse super::Namespace;\npub use super::mount_forms::*;\n\n{}", forms.trim_start()),
    ));
    let names = FILES.iter().map(|(name, _)| *name).chain(["operation.rs", "uts.rs"]);
    let modules: String = names.map(|it| format!("pub mod {};\n", it.trim_end_matches(".rs"))).collect();
    files.push(File::text(
        "src/kernel/mod.rs",
        format!("//! Boxlab's own files of this name, without what reads lessons: one a kernel facility.\n#![allow(dead_code)]\n\n{modules}\npub use namespaces::Namespace;\n"),
    ));
    files.push(File::text(CAPABILITIES.0, CAPABILITIES.1.to_owned()));
    files
}

/// The source without serde, thiserror, tests and what needs a crate beside nix, whose own libc it uses.
fn plain(source: &str) -> String {
    let mut text = source.to_owned();
    for (start, end) in [
        ("// ANCHOR: list_in_yaml\n", "// ANCHOR_END: list_in_yaml\n"),
        ("// ANCHOR: setcap\n", "// ANCHOR_END: setcap\n"),
    ] {
        if let (Some(from), Some(to)) = (text.find(start), text.find(end)) {
            text.replace_range(from..to + end.len(), "");
        }
    }
    text.truncate(text.find("#[cfg(test)]").unwrap_or(text.len()));
    let dropped = ["use serde", "#[serde(", "#[error(", "// ANCHOR"];
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !dropped.iter().any(|it| line.trim_start().starts_with(it))) {
        lines.push(match line.trim_start().starts_with("#[derive(") {
            true => line.replace(", Serialize, Deserialize", "").replace(", thiserror::Error", ""),
            false => line.to_owned(),
        });
    }
    // After the head, which begins the file.
    let head = lines.iter().take_while(|line| line.starts_with("//!")).count();
    if text.contains("libc::") {
        lines.insert(head, "\nuse nix::libc;".to_owned());
    }
    lines.join("\n") + "\n"
}
