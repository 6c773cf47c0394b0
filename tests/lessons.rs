//! Every lesson, unattended: what is printed and what is recorded, by everyone, twice. The snapshots are read by eye
//! before they are accepted; a lesson that says something else tomorrow fails here.

mod support;

use serde_json::Value;
use support::boxlab::{Boxlab, Who, everyone, lessons};

/// A run's text, without what is the machine's: the kernel's release, and who ran it.
fn text(who: Who, lesson: &str) -> String {
    let boxlab = Boxlab::by(who, ["run", lesson, "--auto", "--deeper", "--notes"]).env("COLUMNS", "96");
    let ran = without_machine(lesson, boxlab).expect(0);
    assert_eq!(ran.stderr, "");
    let head = ran.stdout.lines().next().unwrap_or_default();
    let own = head.rsplit_once("  ").map_or(head, |(_, own)| own);
    assert!(own.contains(" · kernel "), "the head says how it runs here: {head}");
    let title = head.strip_suffix(own).unwrap_or(head).trim_end();
    let text = ran.stdout.replacen(head, &format!("{title}  [WHO] · kernel [KERNEL]"), 1);
    let text = without_measured(&text);
    match text.split_once("Measured in this run\n") {
        Some((before, after)) => {
            let after = after.split_once("\n\n").map_or("", |(_, after)| after);
            format!("{before}Measured in this run\n   [MEASURED]\n\n{after}")
        }
        None => text,
    }
}

/// What a step has measured or drawn is of one run.
fn without_measured(text: &str) -> String {
    let is = |line: &str| line.starts_with("   ┆ ");
    let runs = text.split_inclusive('\n').collect::<Vec<_>>();
    let runs = runs.chunk_by(|one, other| is(one) == is(other));
    runs.map(|run| if is(run[0]) { "   ┆ [MEASURED]\n".to_owned() } else { run.concat() }).collect()
}

/// Whether this machine has a QEMU and a kernel is not the matter here: `tests/vm.rs` starts one.
fn without_machine(lesson: &str, boxlab: Boxlab) -> Boxlab {
    if lesson == "not-a-vm" { boxlab.env("PATH", "/nowhere").env("BOXLAB_KERNEL", "/nowhere") } else { boxlab }
}

/// A run's record, without what differs from run to run: the kernel's own numbers. None where this user has no control
/// groups and the lesson is about these.
fn record_if_possible(who: Who, lesson: &str) -> Option<Value> {
    let boxlab = Boxlab::by(who, ["run", lesson, "--auto", "--deeper", "--format", "json"]);
    let ran = without_machine(lesson, boxlab).run();
    if ran.status == Some(3) && ran.stderr.contains("boxlab vm") {
        support::skip(&format!("as {who:?}: {}", ran.stderr.lines().next().unwrap_or_default()));
        return None;
    }
    assert_eq!(ran.status, Some(0), "{lesson} as {who:?}: {}", ran.stderr);
    let mut record: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    record["kernel"] = "[KERNEL]".into();
    record.as_object_mut().and_then(|record| record.remove("measured"));
    without_raw(&mut record);
    Some(record)
}

/// What a snapshot of a lesson is called: of one on control groups there is one for each version.
fn named(what: &str, lesson: &str, record: &Value) -> String {
    let version = record["groups"].as_u64().map(|version| format!(", version {version}")).unwrap_or_default();
    format!("{what} of {lesson}{version}")
}

fn without_raw(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("raw");
            fields.remove("measured");
            fields.values_mut().for_each(without_raw);
        }
        Value::Array(items) => items.iter_mut().for_each(without_raw),
        _ => {}
    }
}

/// Only the evidence: the text is in the other snapshot.
fn evidence(record: &Value) -> String {
    let steps = record["steps"].as_array().expect("steps");
    let lines = steps.iter().map(|step| format!("{}: {:#}\n", step["number"], step["evidence"]));
    lines.collect()
}

#[test]
fn each_lesson_prints_the_same_to_everyone() {
    for (lesson, _) in lessons() {
        for who in everyone() {
            let Some(record) = record_if_possible(who, &lesson) else { continue };
            insta::assert_snapshot!(named("text", &lesson, &record), text(who, &lesson));
        }
    }
}

#[test]
fn each_lesson_leaves_the_same_record_twice_and_for_everyone() {
    for (lesson, _) in lessons() {
        let Some(first) = record_if_possible(Who::Me, &lesson) else { continue };
        insta::assert_snapshot!(named("evidence", &lesson, &first), evidence(&first));
        for who in everyone() {
            let Some(again) = record_if_possible(who, &lesson) else { continue };
            assert_eq!(first, again, "lesson {lesson}, as {who:?}");
        }
    }
}

#[test]
fn the_course_agrees_with_its_records() {
    for who in everyone() {
        let count = lessons().len();
        let ran = Boxlab::by(who, ["verify"]).expect(0);
        let without_groups = ran.stdout.lines().filter(|line| line.contains("(boxlab doctor")).count();
        let passed = count - without_groups;
        assert!(ran.stdout.contains(&format!("\n{passed} passed, 0 failed, ")), "{}", ran.stdout);
        // Ids beside one's own are the machine's to lend; `subids` runs those steps with a file that lends some.
        for line in ran.stdout.lines().filter(|line| line.starts_with("skipped")) {
            // Control groups of one version are the machine's too, and nobody may have none at all.
            let known = [
                "A wider id map needs ids",
                "Control groups are version",
                "W_OK) answered",
                "No control group",
                "A micro-VM",
            ];
            assert!(known.iter().any(|it| line.contains(it)), "{line}");
            support::skip(&format!("as {who:?}: {}", line.trim_start_matches("skipped").trim_start()));
        }
    }
}

#[test]
fn the_course_has_no_mistakes() {
    let ran = Boxlab::new(["lesson", "lint"]).expect(0);
    assert!(ran.stdout.ends_with("no mistakes.\n"), "{}", ran.stdout);
}

#[test]
fn a_lesson_begins_where_the_one_before_ended() {
    let course = boxlab::lesson::load::read(&boxlab::lesson::shelf::Shelf::embedded()).expect("lessons");
    let pairs = course.iter().filter_map(|it| Some([it.lesson.after.clone()?, it.lesson.id.clone()]));
    // Lesson 00 looks at what others have built: it has a namespace more from the start.
    for pair in pairs.filter(|[_, id]| id != "not-a-vm") {
        // Without detours and deeper steps the end of one is the beginning of the next, but for processes that the
        // detours left numbers behind for: so the namespaces, names and mounts of those that live on are compared.
        let (Some(end), Some(begin)) = (record_if_possible(Who::Me, &pair[0]), record_if_possible(Who::Me, &pair[1]))
        else {
            continue;
        };
        let (end, begin) = (end["final"].clone(), begin["initial"].clone());
        for actor in ["host", "runtime", "container"] {
            for key in ["hostname", "root", "root.entries", "ns.uts", "ns.mount", "mount./"] {
                let find = |facts: &Value| {
                    let facts = facts.as_array().cloned().unwrap_or_default();
                    facts.into_iter().find(|it| it["subject"] == actor && it["key"] == key).map(|it| it["text"].clone())
                };
                let (was, is) = (find(&end), find(&begin));
                // Names are given by first sight, so those of what a detour made may be taken.
                let named = |text: &Option<Value>| text.as_ref().map(|it| it.to_string().replace("box2", "box"));
                assert_eq!(named(&was), named(&is), "{actor} {key}: the end of {} and {}", pair[0], pair[1]);
            }
        }
    }
}

#[test]
fn the_shell_of_lesson_pids_shows_what_step_4_says() {
    for who in everyone() {
        let ran = Boxlab::by(who, ["shell", "pids", "4", "--", "ps"]).expect(0);
        // Inside the new PID namespace, and yet the host's processes: /proc was mounted for the host.
        for name in ["lab", "host", "runtime", "container"] {
            assert!(ran.stdout.lines().any(|line| line.ends_with(&format!(" {name}"))), "{}", ran.stdout);
        }
        let ran = Boxlab::by(
            who,
            ["shell", "pids", "4", "--", "sh", "-c", "cat /proc/1/comm; kill -TERM 2 || echo no 2 here"],
        )
        .run();
        assert_eq!(
            ran.stdout, "lab\nno 2 here\n",
            "/proc/1 is the lab's, and 2 is not in this namespace: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_lab_has_no_power_over_the_machine() {
    for who in everyone() {
        // Files that ask for the machine's own root, whatever the namespace: the lab's root is not that, for root neither.
        for file in ["/proc/sys/kernel/panic", "/proc/sys/vm/swappiness", "/proc/sysrq-trigger"] {
            let ran = Boxlab::by(who, ["shell", "process", "0", "--host", "--", "test", "-w", file]).run();
            assert_eq!(ran.status, Some(1), "{file} can be written from a lab, as {who:?}");
        }
        // And nothing is open in there that leads out: the standard three, the program itself, a wire.
        let ran = Boxlab::by(who, ["shell", "process", "0", "--host", "--", "ls", "-l", "/proc/3/fd"]).expect(0);
        let open: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split(" -> ").nth(1)).collect();
        assert_eq!(open.len(), 5, "{open:?}");
        assert!(
            open.iter().all(|it| *it == "/dev/null" || it.ends_with("boxlab") || it.starts_with("socket:")),
            "{open:?}"
        );
    }
}
