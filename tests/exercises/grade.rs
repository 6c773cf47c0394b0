//! `boxlab grade`: one bad submission neither stops the others nor fools anybody, and sees nothing of theirs.

use crate::made;
use crate::support::boxlab::{Boxlab, everyone};
use crate::support::host::Fingerprint;
use crate::support::junit;
use serde_json::Value;

/// Name, script, and the check that fails; none for one that passes.
const SUBMISSIONS: [(&str, &str, Option<&str>); 7] = [
    ("a-right", made::RIGHT, None),
    ("b-bomb", "(f() { f | f & }; f); while :; do :; done", Some("time")),
    ("c-flood", "yes", Some("output")),
    ("d-killer", "kill -9 -1; kill -9 $PPID; exec \"$@\"", Some("honest")),
    ("e-spy", "cat \"$HOME_OF_ALL\"/*/main; test -e /home || test -e /root/.ssh || exit 9; exit 8", Some("probe")),
    ("f-daemon", "sleep 1000 & exit 0", Some("ends")),
    ("g-right", made::RIGHT, None),
];

#[test]
fn bad_submissions_stop_nobody_and_fool_nobody() {
    for who in everyone() {
        let before = Fingerprint::take();
        let mut boxlab = Boxlab::by(who, [] as [&str; 0]);
        let home = boxlab.home.path().to_owned();
        let exercises = made::exercises(&home, 15);
        for (name, script, _) in SUBMISSIONS {
            let script = script.replace("$HOME_OF_ALL", &home.join("all").display().to_string());
            std::fs::create_dir_all(home.join("all").join(name)).expect("a folder");
            std::fs::rename(made::attempt(&home, "sh", &script), home.join("all").join(name)).expect("a rename");
        }
        std::fs::create_dir(home.join("all/z-nothing")).expect("a folder");
        let results = home.join("results.json");
        boxlab.command.arg("grade").arg(home.join("all")).args(["--jobs", "3", "--results"]).arg(&results);
        boxlab.command.arg("--exercises").arg(&exercises);
        let ran = boxlab.run_and(|| {
            let text = std::fs::read_to_string(&results).expect("the results");
            let list: Value = serde_json::from_str(&text).expect("JSON");
            for (name, _, fails) in SUBMISSIONS {
                let one = list.as_array().expect("a list").iter().find(|it| it["submission"] == name).expect(name);
                let verdict = &one["verdict"];
                let failed = verdict["checks"].as_array().expect("checks").iter().find(|it| it["status"] == "failed");
                assert_eq!(
                    failed.map(|it| it["name"].as_str().unwrap_or_default()),
                    fails,
                    "{who:?} {name}: {verdict:#}"
                );
                assert!(!verdict["output"].to_string().contains("hostname box"), "it has seen others: {verdict:#}");
            }
            let spied = list.as_array().expect("a list").iter().find(|it| it["submission"] == "e-spy").expect("it");
            assert!(spied.to_string().contains("exit 9"), "a home was seen: {spied:#}");
        });
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert!(ran.stdout.contains("2 passed, 5 failed, 1 error, 0 skipped"), "{}", ran.stdout);
        assert_eq!(Fingerprint::take(), before);
    }
}

/// A typing mistake in the name would make errors of all of them.
#[test]
fn an_exercise_that_is_not_there() {
    let mut boxlab = Boxlab::new([] as [&str; 0]);
    let folder = made::attempt(boxlab.home.path(), "sh", made::RIGHT);
    let all = folder.parent().expect("a home").to_owned();
    boxlab.command.arg("grade").arg(&all).args(["--exercise", "hotname"]);
    let ran = boxlab.run_and(|| assert!(!all.join("results.json").exists()));
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("There is no exercise `hotname`."), "{ran:?}");
}

/// Also with what no XML may have in what was printed.
#[test]
fn results_for_a_pipeline_keep_to_the_schema() {
    let mut boxlab = Boxlab::new([] as [&str; 0]);
    let home = boxlab.home.path().to_owned();
    let exercises = made::exercises(&home, 15);
    let all = home.join("all");
    for (name, script) in [("a-right", made::RIGHT), ("b-loud", "printf '\\000\\033[2J<&>'; exit 1")] {
        std::fs::create_dir_all(all.join(name)).expect("a folder");
        std::fs::rename(made::attempt(&home, "sh", script), all.join(name)).expect("a rename");
    }
    let results = home.join("results.xml");
    boxlab.command.arg("grade").arg(&all).arg("--results").arg(&results).arg("--exercises").arg(&exercises);
    let ran = boxlab.run_and(|| {
        let text = std::fs::read_to_string(&results).expect("the results");
        assert_eq!(text.matches("<testsuite ").count(), 2, "{text}");
        junit::assert_fits(&text);
    });
    assert_eq!(ran.status, Some(1), "{ran:?}");
}
