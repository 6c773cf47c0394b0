//! The walker against this very process and directories of its own: it must stop where the kernel stops, with the same
//! errno. Needs /proc, and nothing else.

use super::*;
use crate::diagnosis::paths;
use crate::probe::outside::Proc;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn with_scene(work: impl FnOnce(&Scene<'_>, &Path)) {
    let proc = Proc::open().expect("/proc is mounted");
    let scene = Scene::new(&proc, nix::unistd::getpid().as_raw());
    let folder = tempfile::tempdir().expect("a temporary folder");
    work(&scene, &fs::canonicalize(folder.path()).expect("its path"));
}

/// What the walker and the kernel say of a path: both lead to the same file, or both fail with the same errno.
fn agrees(scene: &Scene<'_>, path: &str) -> Result<Place, Stop> {
    use std::os::unix::fs::MetadataExt;
    let walked = walk(scene, path, Last::Follow);
    match (&walked, fs::metadata(path)) {
        (Ok(place), Ok(kernel)) => assert_eq!(place.about.inode, kernel.ino(), "{path}"),
        (Err(stop), Err(error)) => assert_eq!(paths::errno(stop) as i32, error.raw_os_error().unwrap_or(0), "{path}"),
        (walked, kernel) => panic!("{path}: walked {walked:?}, the kernel {kernel:?}"),
    }
    walked
}

#[test]
fn it_agrees_with_the_kernel() {
    with_scene(|scene, at| {
        fs::create_dir_all(at.join("a/b/c")).expect("directories");
        fs::write(at.join("a/file"), "").expect("a file");
        for (to, from) in [
            ("a/b", "relative"),
            ("../file", "a/b/up"),
            ("nowhere", "dangling"),
            ("round", "round"),
            ("..", "a/b/c/parent"),
        ] {
            symlink(to, at.join(from)).expect("a link");
        }
        symlink(at.join("a/b"), at.join("absolute")).expect("a link");
        for path in [
            "a/b/c",
            "a//b/./c/",
            "a/b/../file",
            "relative/c",
            "absolute/c/..",
            "a/b/up",
            "a/b/c/parent/up",
            "a/file/",
            "a/file/x",
            "a/nope",
            "a/nope/x",
            "dangling",
            "dangling/x",
            "round",
            "../../../../../../../../../../../..",
            ".",
        ] {
            let _ = agrees(scene, &at.join(path).display().to_string());
        }
        let long = "x".repeat(256);
        let _ = agrees(scene, &at.join(long).display().to_string());
        for path in [
            "/",
            "/..",
            "/proc/self/status",
            "/proc/self/fd",
            "/proc/self/ns/uts",
            "/proc/self/cwd",
            "/proc/mounts",
            "",
        ] {
            let _ = agrees(scene, path);
        }
    });
}

#[test]
fn the_first_failing_component_is_named() {
    with_scene(|scene, at| {
        let path = |name: &str| at.join(name).display().to_string();
        fs::create_dir(at.join("a")).expect("a directory");
        symlink("/no/such", at.join("a/link")).expect("a link");
        let stop = agrees(scene, &path("a/x/y")).expect_err("it is missing");
        assert_eq!(stop, Stop::Missing { at: path("a/x"), inside: path("a"), link: None, last: false });
        let stop = agrees(scene, &path("a/link")).expect_err("it leads nowhere");
        let link = Some((path("a/link"), "/no/such".to_owned()));
        assert_eq!(stop, Stop::Missing { at: "/no".into(), inside: "/".into(), link, last: false });
    });
}

#[test]
fn a_link_at_the_end_may_be_kept() {
    with_scene(|scene, at| {
        symlink("nowhere", at.join("link")).expect("a link");
        let place = walk(scene, &at.join("link").display().to_string(), Last::Keep).expect("the link is there");
        assert_eq!(place.about.kind(), "symbolic link");
    });
}
