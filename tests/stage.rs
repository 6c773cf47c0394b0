//! What a lab may not do to the machine, nor to Boxlab: places that a lesson names, the program itself, the learner's
//! environment, agents that are stopped, kernels that are older.

mod support;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use support::boxlab::{Boxlab, Ran, Who, everyone};
use support::host::{Fingerprint, files};
use support::lesson::made;

const LOOK: &str = "- as: runtime\n  say: Look.\n  do: look\n  why: None.\n";

/// A folder that everybody may read.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("mine");
    folder
}

fn with_rootfs(who: Who, lessons: &Path, rootfs: &Path, text: &[&str]) -> Ran {
    let words = ["--lessons".as_ref(), lessons.as_os_str(), "shell".as_ref(), "made".as_ref(), "--rootfs".as_ref()];
    let mut boxlab = Boxlab::by(who, words);
    boxlab.command.arg(rootfs).args(["--host", "--"]).args(text);
    boxlab.run()
}

/// A little root: a directory, and the same as a tar file.
fn roots(folder: &Path) -> [std::path::PathBuf; 2] {
    let (root, path) = (folder.join("root"), folder.join("root.tar"));
    std::fs::create_dir(&root).expect("a folder");
    std::fs::write(root.join("brought"), "brought\n").expect("a file");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
    tar.append_dir_all(".", &root).expect("a tar file");
    tar.into_inner().expect("a tar file");
    [root, path]
}

#[test]
fn a_lesson_cannot_name_a_place_outside_of_the_lab() {
    let folder = folder();
    let marker = folder.path().join("marker");
    std::fs::create_dir(&marker).expect("a folder");
    std::fs::set_permissions(&marker, std::fs::Permissions::from_mode(0o777)).expect("mine");
    let roots = roots(folder.path());
    let up = format!("/..{}/escaped", marker.display());
    let more = format!("/srv/../..{}/escaped", marker.display());
    let links = ["/proc/self/cwd/x", "/proc/self/fd/5/x", "/proc/1/root/x", "/dev/ptmx/x", "/", "srv/box"];
    for at in [up.as_str(), more.as_str()].into_iter().chain(links) {
        let home = self::folder();
        let lessons = made(home.path(), &format!("rootfs: {at}\n"), LOOK);
        for (root, who) in roots.iter().flat_map(|root| everyone().into_iter().map(move |who| (root, who))) {
            let (before, held) = (Fingerprint::take(), files(folder.path()));
            let ran = with_rootfs(who, &lessons, root, &["true"]);
            assert_eq!(ran.status, Some(2), "{at}: {ran:#?}");
            assert!(ran.stderr.contains("mkdir"), "{at}: {ran:#?}");
            assert_eq!(std::fs::read_dir(&marker).expect("a folder").count(), 0, "{at}");
            assert_eq!(files(folder.path()), held, "{at}");
            assert_eq!(std::fs::read_dir(folder.path().join("root")).expect("a folder").count(), 1, "{at}");
            assert_eq!(Fingerprint::take(), before, "{at}");
        }
    }
}

#[test]
fn a_root_that_is_brought_gets_what_lessons_need_and_may_be_roots_own() {
    let folder = folder();
    let lessons = made(folder.path(), "rootfs: /srv/deep/box\n", LOOK);
    let roots = roots(folder.path());
    for who in everyone() {
        for root in &roots {
            let ran = with_rootfs(who, &lessons, root, &["ls", "/srv/deep/box"]);
            assert_eq!(ran.status, Some(0), "{who:?} {}: {ran:#?}", root.display());
            let own = who == Who::Me && !nix::unistd::geteuid().is_root();
            // A directory of somebody else's is not written to, not even above it.
            if own || root.extension().is_some() {
                assert_eq!(ran.stdout, "brought\nproc\ntmp\n", "{who:?} {}", root.display());
            }
            assert!(ran.stdout.starts_with("brought\n"), "{who:?} {}: {ran:#?}", root.display());
        }
    }
    // Behind a folder that only its owner may enter.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).expect("mine");
    for root in &roots {
        let ran = with_rootfs(Who::Me, &lessons, root, &["cat", "/srv/deep/box/brought"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "brought\n"), "{}: {}", root.display(), ran.stderr);
    }
}
