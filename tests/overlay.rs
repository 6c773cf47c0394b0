//! The finished container: `run --all` builds it, a shell enters it, and what it writes goes where the lesson says.

mod support;

use std::process::{Command, Output, Stdio};

/// Boxlab with these arguments; none where no lab can be made, or no overlay in it, which is then a skip.
fn boxlab(arguments: &[&str]) -> Option<Output> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxlab"));
    command.args(arguments).env("XDG_STATE_HOME", folder.path()).env("HOME", folder.path()).env("NO_COLOR", "1");
    let output = command.stdin(Stdio::null()).output().expect("boxlab starts");
    if output.status.code() == Some(3) {
        support::skip(&format!("no container here: {}", said(&output)));
        return None;
    }
    Some(output)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_whole_container_is_built_and_shown() {
    let Some(output) = boxlab(&["run", "--all", "--auto"]) else { return };
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    for words in ["A name of its own", "Layers, copy-up, whiteouts, volumes", "claims held.", "the container"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let row = |label: &str| said.lines().find(|line| line.starts_with(label)).unwrap_or_default().to_owned();
    assert!(row("name").contains("box") && row("name").contains("labhost"), "{said}");
    assert!(row("root").contains("overlay"), "{said}");
    assert!(row("volume").contains("/data"), "{said}");
    assert!(row("seccomp").contains("filter, no new privileges") && row("seccomp").contains("none"), "{said}");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let Some(output) = boxlab(&["run", "--all", "--auto"]) else { return };
    let said = said(&output);
    let shown = said.split_once("\n\n").map_or("", |(_, shown)| shown);
    let indented = |line: &str| if line.is_empty() { String::new() } else { format!("    {line}") };
    let block = shown.trim_end().lines().map(indented).collect::<Vec<_>>().join("\n");
    assert!(!block.is_empty() && include_str!("../README.md").contains(&block), "README should have:\n{block}");
}

#[test]
fn the_finished_container_reaches_the_world_outside() {
    let Some(output) = boxlab(&["shell", "overlay", "--", "wget", "-qO-", "http://example.lab/"]) else { return };
    assert_eq!(said(&output).trim_end(), "example.lab to 203.0.113.1: hello");
}

#[test]
fn its_links_send_when_somebody_enters() {
    // A link that has a carrier may take up to a second until it says so.
    let states = ["br0", "veth0", "up0"].map(|link| format!("/sys/class/net/{link}/operstate"));
    let arguments = [vec!["shell", "overlay", "--host", "--", "cat"], states.iter().map(String::as_str).collect()];
    let Some(output) = boxlab(&arguments.concat()) else { return };
    assert_eq!(said(&output), "up\nup\nup\n");
}

#[test]
fn its_records_come_as_json() {
    let Some(output) = boxlab(&["run", "--all", "--auto", "--format", "json"]) else { return };
    let records: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    let lessons: Vec<&str> =
        records.as_array().expect("a list").iter().filter_map(|it| it["lesson"].as_str()).collect();
    assert!(lessons.starts_with(&["process", "hostname"]) && lessons.ends_with(&["overlay"]), "{lessons:?}");
}

#[test]
fn it_is_asked_for_unattended_and_without_a_lesson() {
    for arguments in [&["run", "--all"][..], &["run", "pivot", "--all", "--auto"]] {
        assert_eq!(boxlab(arguments).and_then(|output| output.status.code()), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_shell_is_in_the_finished_container() {
    let script = "hostname; test -e /etc/motd || echo hidden; echo kept > /data/x && echo written; \
                  unshare --uts true || echo refused";
    let Some(output) = boxlab(&["shell", "overlay", "--", "sh", "-c", script]) else { return };
    let said = said(&output);
    for word in ["box", "hidden", "written", "refused"] {
        assert!(said.lines().any(|line| line == word), "{word}: {said}");
    }
}

#[test]
fn a_command_that_is_no_program_is_the_shells_to_explain() {
    let Some(output) = boxlab(&["shell", "overlay", "--", "nosuchprogram"]) else { return };
    assert_eq!(output.status.code(), Some(127), "{}", said(&output));
    let Some(output) = boxlab(&["shell", "overlay", "--", "sh", "-c", "exit 7"]) else { return };
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
}

#[test]
fn a_lower_directory_that_is_renamed_is_explained() {
    let script = "mkdir -p /srv/l/d /srv/u /srv/w /srv/m; \
                  mount -t overlay -o lowerdir=/srv/l,upperdir=/srv/u,workdir=/srv/w,userxattr overlay /srv/m; \
                  cd /srv/m; mkdir new; mv new other && echo moved";
    let Some(output) = boxlab(&["shell", "process", "0", "--host", "--", "sh", "-c", script]) else { return };
    assert!(said(&output).lines().any(|line| line == "moved"), "{}", said(&output));
    let Some(output) = boxlab(&["run", "overlay", "--auto", "--deeper"]) else { return };
    let said = said(&output);
    assert!(said.contains("is a directory of a lower layer"), "{said}");
    assert!(said.contains("lower layer: /srv/box/lib is there"), "{said}");
}

#[test]
fn tar_packs_lists_and_unpacks() {
    let script = "mkdir -p /tmp/a/b /tmp/c; echo one > /tmp/a/b/x; ln -s x /tmp/a/b/l; cd /tmp; \
                  tar -c -f t.tar -C /tmp/a . ; tar -t -v -f t.tar; tar -x -f /tmp/t.tar -C /tmp/c; cat /tmp/c/b/l";
    let Some(output) = boxlab(&["shell", "process", "0", "--host", "--", "sh", "-c", script]) else { return };
    let said = said(&output);
    assert!(said.contains("-rw-r--r-- 0/0 4 b/x") && said.contains("b/l -> x"), "{said}");
    assert!(said.lines().last().is_some_and(|line| line == "one"), "{said}");
}
