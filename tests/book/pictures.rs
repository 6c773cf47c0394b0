//! Pictures: what is drawn when, and what stops one that was measured.

use super::{Clone, HEAD, ROOT, copy};
use std::path::Path;

impl Clone {
    /// With all lessons beside it.
    pub fn with_lessons(chapter: &str) -> Clone {
        let clone = Clone::new(chapter);
        copy(&Path::new(ROOT).join("lessons"), &clone.path("lessons"));
        clone
    }
}

/// What the pictures of a page say.
fn words(page: &str) -> Vec<&str> {
    page.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn an_overlay_is_drawn_while_it_is_mounted() {
    // Step 8 mounts a second one, and step 11 unmounts it.
    for (step, seen) in [
        (2, ["/srv/layers/merged"].as_slice()),
        (8, ["/srv/layers/merged", "/srv/second/merged"].as_slice()),
        (10, ["/srv/second/merged", "/srv/second/merged"].as_slice()),
        (11, ["/srv/second/merged", "/srv/layers/merged"].as_slice()),
        (14, ["/srv/layers/merged"].as_slice()),
    ] {
        let page = Clone::with_lessons(&format!("{HEAD}{{{{#picture overlay {step} layers}}}}\n")).page();
        let said: Vec<&str> = words(&page).into_iter().filter(|it| it.starts_with("An overlay")).collect();
        let right = said.len() == seen.len()
            && said.iter().zip(seen).all(|(said, path)| said.contains(&format!("what is seen, {path}:")));
        assert!(right, "step {step}: {said:#?}");
    }
    let told = Clone::with_lessons(&format!("{HEAD}{{{{#picture overlay 1 layers}}}}\n")).refused();
    assert!(told.contains("Step 1 of lesson overlay has no facts for a picture of its layers."), "{told}");
}

#[test]
fn what_was_measured_is_drawn_with_its_axes_its_limits_and_its_run() {
    let rows = [
        (
            "memory 5 curve v1",
            [
                "Memory of box over time.",
                "memory.limit_in_bytes is 20 MiB",
                "the kernel kills a process",
                "class=\"limit\"",
                "class=\"kill\"",
                ">0.0 s</text>",
                "control groups of version 1",
            ]
            .as_slice(),
        ),
        ("memory 10 curve", ["memory.high is 8 MiB", "control groups of version 2", "class=\"curve\""].as_slice()),
        (
            "cpu 4 curve v1",
            ["Processor time of box, in periods of 100 ms", "With a quota of 10 ms", "band waited"].as_slice(),
        ),
        ("cpu 11 curve v1", ["light, weight 100, had", "heavy, weight 300, had", "class=\"limit\""].as_slice()),
    ];
    for (asked, parts) in rows {
        let page = Clone::with_lessons(&format!("{HEAD}{{{{#picture {asked}}}}}\n")).page();
        for part in parts {
            assert!(page.contains(part), "{asked}: `{part}` is missing");
        }
        assert!(page.contains("one run of Boxlab"), "{asked}: the run is not named");
    }
}

#[test]
fn a_drawing_that_is_missing_damaged_or_old_is_named_with_the_command() {
    let (drawings, lesson) = ("lessons/13-memory/drawings.v1.json", "lessons/13-memory/lesson.yaml");
    let refresh = "Next: boxlab --lessons lessons verify memory --update";
    let check = |act: &dyn Fn(&Clone), said: &[&str]| {
        let clone = Clone::with_lessons(&format!("{HEAD}{{{{#picture memory 5 curve v1}}}}\n"));
        act(&clone);
        let told = clone.refused();
        for part in said {
            assert!(told.contains(part), "`{part}` is not said: {told}");
        }
        assert!(told.starts_with("book/src/lessons/02-hostname.md:5: "), "no place: {told}");
    };
    check(&|it| std::fs::remove_file(it.path(drawings)).expect("it was there"), &[drawings, "is missing", refresh]);
    check(&|it| it.write(drawings, "{\"lesson\": \"memory\", "), &[drawings, "are damaged", refresh]);
    let old: [(&str, &str, &str); 4] = [
        ("\"lesson\": \"memory\"", "\"lesson\": \"cpu\"", "they are of lesson cpu"),
        ("\"as\":\"container\"", "\"as\":\"host\"", "that of step 5 is of another act"),
        ("\"draw\":{\"memory\":\"box\"}", "\"draw\":{\"memory\":\"team\"}", "that of step 5 is of another group"),
        ("\"killed\":1", "\"killed\":0", "that of step 5 shows `up to the limit`"),
    ];
    for (from, to, why) in old {
        let all = |it: &Clone| {
            let text = std::fs::read_to_string(it.path(drawings)).expect("a file");
            assert!(text.contains(from), "{from}");
            it.write(drawings, &text.replace(from, to));
        };
        check(&all, &[drawings, "do not fit", lesson, why, refresh]);
    }
}
