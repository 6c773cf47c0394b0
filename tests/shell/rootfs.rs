//! `--rootfs`: a root file system that the learner brings, as a directory or as a tar file. It is used, and not changed.

use crate::support::boxlab::{Boxlab, Who, everyone, program};
use crate::support::lesson::made;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The first step builds what `--rootfs` brings instead; the second enters it.
const STEPS: &str = "- as: runtime
  say: Build a root.
  do: { mkdir: [/srv/box] }
  why: None.
  rootfs: true
- as: runtime
  say: Enter it.
  do: { chroot: /srv/box }
  why: None.
- as: runtime
  say: Go to its top.
  do: { chdir: / }
  why: None.
";

/// A folder with a lesson that takes another root, and a little root file system whose only program is this one.
struct Place {
    folder: tempfile::TempDir,
    lessons: PathBuf,
    root: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("mine");
    let lessons = made(folder.path(), "rootfs: /srv/box\n", STEPS);
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("bin")).expect("a folder");
    std::fs::create_dir_all(root.join("tmp")).expect("a folder");
    std::fs::write(root.join("marker"), "brought\n").expect("a file");
    std::os::unix::fs::symlink("marker", root.join("link")).expect("a link");
    // The program has the shell in it; under this name it is one.
    std::fs::hard_link(program(), root.join("bin/sh"))
        .or_else(|_| std::fs::copy(program(), root.join("bin/sh")).map(drop))
        .expect("a copy");
    Place { folder, lessons, root }
}

impl Place {
    fn shell(&self, who: Who, rootfs: &Path, text: &str) -> Boxlab {
        let (lessons, rootfs) = (self.lessons.as_os_str(), rootfs.as_os_str());
        let words = ["--lessons".as_ref(), lessons, "shell".as_ref(), "made".as_ref(), "--rootfs".as_ref(), rootfs];
        let mut boxlab = Boxlab::by(who, words);
        boxlab.command.args(["--", "/bin/sh", "-c", text]);
        boxlab
    }

    fn tar(&self) -> PathBuf {
        let path = self.folder.path().join("root.tar");
        let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
        tar.follow_symlinks(false);
        tar.append_dir_all(".", &self.root).expect("a tar file");
        tar.into_inner().expect("a tar file");
        path
    }
}

/// What a folder holds: paths, kinds and modes, sizes, times of change.
fn state(path: &Path) -> BTreeMap<PathBuf, (u32, u64, i64, i64)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(path).expect("a folder").flatten() {
        let about = entry.path().symlink_metadata().expect("there");
        all.insert(entry.path(), (about.mode(), about.size(), about.mtime(), about.mtime_nsec()));
        if about.is_dir() {
            all.extend(state(&entry.path()));
        }
    }
    all
}

const USE_AND_CHANGE: &str = "cat /marker /link; echo changed > /marker; cat /marker; rm /link; mkdir /new; ls /";

#[test]
fn a_directory_is_used_and_not_changed() {
    let place = place();
    let before = state(&place.root);
    for who in everyone() {
        // A root that somebody else owns can be read, but its files cannot be written. A lab that root starts is
        // somebody else too: it has not root's id.
        let own = who == Who::Me && !nix::unistd::geteuid().is_root();
        let text = if own { USE_AND_CHANGE } else { "cat /marker /link; ls /" };
        let ran = place.shell(who, &place.root, text).expect(0);
        assert!(ran.stdout.starts_with("brought\nbrought\n"), "{who:?}: {}", ran.stdout);
        assert_eq!(ran.stdout.contains("changed\n"), own, "{}", ran.stdout);
        assert!(!ran.stdout.contains("etc"), "the lab host's root is not to be seen: {}", ran.stdout);
    }
    assert_eq!(state(&place.root), before);
    assert_eq!(std::fs::read_to_string(place.root.join("marker")).expect("a file"), "brought\n");
}

#[test]
fn a_tar_file_is_used_and_not_changed() {
    let place = place();
    let tar = place.tar();
    let before = state(place.folder.path());
    for who in everyone() {
        let ran = place.shell(who, &tar, USE_AND_CHANGE).expect(0);
        assert!(ran.stdout.starts_with("brought\nbrought\nchanged\n"), "{who:?}: {}", ran.stdout);
    }
    assert_eq!(state(place.folder.path()), before);
}

#[test]
fn a_run_leaves_out_the_steps_that_build_one() {
    let place = place();
    let ran = |rootfs: Option<&Path>| {
        let mut boxlab = Boxlab::new(["--lessons".as_ref(), place.lessons.as_os_str(), "run".as_ref()]);
        boxlab.command.args(["made", "--auto"]);
        if let Some(rootfs) = rootfs {
            boxlab.command.arg("--rootfs").arg(rootfs);
        }
        boxlab.expect(0).stdout
    };
    assert!(ran(None).contains("── 1/3"));
    let with = ran(Some(&place.root));
    assert!(!with.contains("── 1/3") && with.contains("── 2/3"), "{with}");
    assert!(with.contains("2 steps, 1 left out (builds the root file system that --rootfs brings)"), "{with}");
}

/// Paths that lead out of an archive stay out of the lab host, and of the machine all the more.
#[test]
fn a_hostile_archive_stays_in_its_place() {
    let place = place();
    let outside = place.folder.path().join("outside");
    let path = place.folder.path().join("hostile.tar");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
    tar.append_dir_all(".", &place.root).expect("a tar file");
    for name in ["../../etc/passwd", outside.to_str().expect("text"), "bin/../../../escaped"] {
        let mut header = tar::Header::new_gnu();
        // The crate would refuse such a name, so it is written into the header itself.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(4);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, &b"evil"[..]).expect("an entry");
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    link.set_cksum();
    tar.append_link(&mut link, "leads-out", "../../etc").expect("a link");
    tar.into_inner().expect("a tar file");
    let mut boxlab = place.shell(Who::Me, &path, "cat /marker");
    let output = boxlab.spawn().wait_with_output().expect("it ends");
    boxlab.mark.assert_nothing_left();
    assert!(!outside.exists(), "a file was made outside");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "brought\n", "{}", String::from_utf8_lossy(&output.stderr));
    // And in the lab host: its own files are as before.
    let mut boxlab = Boxlab::new(["--lessons".as_ref(), place.lessons.as_os_str(), "shell".as_ref(), "made".as_ref()]);
    boxlab.command.arg("--rootfs").arg(&path).args(["--host", "--", "cat", "/etc/passwd", "/escaped"]);
    let ran = boxlab.run();
    assert!(!ran.stdout.contains("evil"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_brought_is_told() {
    let place = place();
    let tar = place.tar();
    let whole = std::fs::read(&tar).expect("a tar file");
    let write = |name: &str, bytes: &[u8]| {
        let path = place.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let text = write("text.tar", b"this is no archive, but a text that is somewhat longer than nothing");
    let cut = write("cut.tar", &whole[..whole.len() / 2]);
    // gzip's magic number.
    let packed = write("packed.tar.gz", &[&[0x1f, 0x8b, 8, 0][..], &[7; 2000]].concat());
    let empty = write("empty.tar", b"");
    let nowhere = place.folder.path().join("nowhere");
    for path in [&text, &cut, &packed, &empty, &nowhere] {
        let ran = place.shell(Who::Me, path, "cat /marker").run();
        assert_eq!(ran.status, Some(2), "{}: {ran:#?}", path.display());
        assert!(ran.stderr.starts_with("boxlab: ") && ran.stderr.contains("Next: "), "{}", ran.stderr);
        assert_eq!(ran.stdout, "", "{}", path.display());
    }
}

#[test]
fn a_lesson_that_takes_none_says_so() {
    for command in [&["run", "steps", "--auto"][..], &["shell", "steps"]] {
        let mut boxlab = Boxlab::new([&["--lessons", crate::support::lesson::STEPPING], command].concat());
        boxlab.command.arg("--rootfs").arg("/tmp");
        let ran = boxlab.run();
        assert_eq!(ran.status, Some(2), "{ran:#?}");
        assert!(ran.stderr.contains("Lesson steps takes no other root file system."), "{}", ran.stderr);
    }
}
