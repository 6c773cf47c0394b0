//! The authors' contract holds for every exercise that is built in, and finds one that does not keep it.

use crate::made;
use crate::support::boxlab::{Boxlab, NOBODY, Who, everyone, program};
use crate::support::host::Fingerprint;
use crate::support::skip;

/// Cargo belongs to whoever has installed it, with the crates that it needs.
fn cargos(boxlab: &mut Boxlab) {
    for name in ["PATH", "CARGO_HOME", "RUSTUP_HOME"] {
        if let Some(value) = std::env::var_os(name) {
            boxlab.command.env(name, value);
        }
    }
    let own = std::env::var_os("HOME").map(std::path::PathBuf::from).unwrap_or_default();
    boxlab.command.env("CARGO_HOME", std::env::var_os("CARGO_HOME").unwrap_or(own.join(".cargo").into()));
    boxlab.command.env("RUSTUP_HOME", std::env::var_os("RUSTUP_HOME").unwrap_or(own.join(".rustup").into()));
}

/// Boxlab by somebody who has a cargo. Root's own lies where nobody may not enter, so he gets it in a mount namespace, by bind
/// mounts below his home.
fn with_cargo(who: Who, arguments: &[&str]) -> Boxlab {
    if who == Who::Me {
        let mut boxlab = Boxlab::new(arguments);
        cargos(&mut boxlab);
        return boxlab;
    }
    // The one that has started this test lies in its toolchain's folder for programs.
    let cargo = std::path::PathBuf::from(std::env::var_os("CARGO").expect("cargo starts the tests"));
    let sysroot = cargo.ancestors().nth(2).expect("a toolchain").to_owned();
    let mut boxlab = Boxlab::of(Who::Me, std::path::Path::new("/usr/bin/unshare"));
    cargos(&mut boxlab);
    let home = boxlab.home.path().to_owned();
    for folder in ["cargo", "toolchain"] {
        std::fs::create_dir(home.join(folder)).expect("a folder");
    }
    std::os::unix::fs::chown(&home, Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
    let script = "mount --bind \"$CARGO_HOME\" \"$HOME/cargo\" && mount --bind \"$SYSROOT\" \"$HOME/toolchain\" && \
                  export CARGO_HOME=\"$HOME/cargo\" PATH=\"$HOME/toolchain/bin:/usr/bin:/bin\" && unset RUSTUP_HOME SYSROOT && \
                  exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"";
    boxlab.command.env("SYSROOT", sysroot).args(["--mount", "sh", "-c", script, "sh"]);
    boxlab.command.arg(program()).args(arguments);
    boxlab
}

/// Both folders are older than what is built of either, so only their places tell them apart.
#[test]
fn a_program_is_built_from_its_own_folder_whatever_was_built_last() {
    let solve = Boxlab::new([] as [&str; 0]);
    let home = solve.home.path().to_owned();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("exercises");
    let folder = |name: &str, of: &str| {
        let folder = home.join(name);
        for from in ["languages/rust".to_owned(), format!("02-hostname/{of}/rust")] {
            made::copy(&source.join(from), &folder);
        }
        let text = "exercise: hostname\nlanguage: rust\nbuild: [cargo, build, --offline, --quiet]\nrun: [target/debug/mybox]\n";
        std::fs::write(folder.join("boxlab.yaml"), text).expect("a file");
        folder
    };
    let (right, wrong) = (folder("right", "solution"), folder("wrong", "start"));
    solve.run_and(|| {
        for (folder, status) in [(&right, 0), (&wrong, 1), (&right, 0)] {
            let mut check = Boxlab::new(["exercise", "check"]).at_home_of(&home);
            cargos(&mut check);
            check.command.arg(folder);
            let ran = check.run();
            if ran.status == Some(3) {
                return skip(&ran.stdout);
            }
            assert_eq!(ran.status, Some(status), "{}: {ran:?}", folder.display());
        }
    });
}

#[test]
fn every_exercise_keeps_its_contract() {
    let before = Fingerprint::take();
    // Everybody at once: most of it is one compiler after another.
    std::thread::scope(|scope| {
        for who in everyone() {
            scope.spawn(move || {
                let ran = with_cargo(who, &["exercise", "verify", "--why"]).run();
                assert_eq!(ran.status, Some(0), "{who:?}\n{}\n{}", ran.stdout, ran.stderr);
                for line in ran.stdout.lines().filter(|line| line.starts_with("skipped")) {
                    skip(&format!("{who:?}: {line}"));
                }
            });
        }
    });
    assert_eq!(Fingerprint::take(), before);
}

#[test]
fn the_crates_of_starters_are_those_of_the_program() {
    let read = |path: &str| {
        let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
        let packages: Vec<String> = text
            .split("[[package]]")
            .skip(1)
            .map(|package| {
                let line =
                    |name: &str| package.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
                format!("{} {}", line("name ="), line("version ="))
            })
            .collect();
        packages
    };
    let (own, theirs) = (read("Cargo.lock"), read("exercises/languages/rust/Cargo.lock"));
    let foreign: Vec<&String> = theirs.iter().filter(|it| !own.contains(it) && !it.contains("mybox")).collect();
    assert!(theirs.len() > 3 && foreign.is_empty(), "offline cargo would not find {foreign:?}");
}

#[test]
fn a_broken_contract_is_found() {
    let boxlab = Boxlab::new([] as [&str; 0]);
    let exercises = made::exercises(boxlab.home.path(), 60);
    let path = exercises.join("02-hostname/solution/shell/main.sh");
    std::fs::write(path, "exec \"$@\"\n").expect("a file");
    let mut boxlab = boxlab;
    boxlab.command.arg("exercise").arg("--exercises").arg(&exercises).args(["verify", "hostname", "--lang", "shell"]);
    let ran = boxlab.run();
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("solution: must pass, and fails `namespace`"), "{}", ran.stdout);
}

#[test]
fn mistakes_in_an_exercise_are_named() {
    for (from, to, said) in [
        ("starter: namespace", "starter: nobody", "There is no check `nobody`"),
        ("probe.hostname: box", "probe.hostnam: box", "hostnam"),
        ("minutes: 10", "minute: 10", "`minute` is no field"),
        ("only-prints: probe", "only-print: probe", "only-print"),
        ("id: hostname", "id: hostnames", "02-hostname"),
    ] {
        let boxlab = Boxlab::new([] as [&str; 0]);
        let exercises = made::exercises(boxlab.home.path(), 60);
        let path = exercises.join("02-hostname/exercise.yaml");
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(text.contains(from));
        std::fs::write(&path, text.replace(from, to)).expect("a file");
        let mut boxlab = boxlab;
        boxlab.command.arg("exercise").arg("--exercises").arg(&exercises);
        let ran = boxlab.run();
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
}
