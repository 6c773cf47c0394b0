//! The root directory of a process: where its paths start (path_resolution(7)).
//! chroot(2) changes where paths start for one process, and nothing else: the old root is still mounted, and what is
//! open stays open. pivot_root(2) changes the mount table: another mount becomes the root of the mount namespace,
//! and the old one can be unmounted, so that there is nothing left to climb to.

use super::error::Failed;
use super::operation::PivotRoot;

// ANCHOR: chroot
/// Makes a directory the start of all absolute paths of this process: chroot(2). Needs CAP_SYS_CHROOT.
/// It does not change the working directory, which may so lie outside.
pub fn chroot(path: &str) -> Result<(), Failed> {
    nix::unistd::chroot(path).map_err(|errno| Failed::new("chroot", errno).on(path))
}
// ANCHOR_END: chroot

// ANCHOR: pivot_root
/// Makes the mount at `new_root` the root of the mount namespace, and puts the old root at `put_old`: pivot_root(2).
/// `new_root` must be a mount point, its parent mount must not be shared, `put_old` must be at or below it.
pub fn pivot_root(pivot: &PivotRoot) -> Result<(), Failed> {
    nix::unistd::pivot_root(pivot.new_root.as_str(), pivot.put_old.as_str())
        .map_err(|errno| Failed::new("pivot_root", errno).on(&pivot.new_root))
}
// ANCHOR_END: pivot_root

// ANCHOR: chdir
/// Changes the working directory: chdir(2). `..` leads up, but not above the process' root if one is inside it.
pub fn chdir(path: &str) -> Result<(), Failed> {
    nix::unistd::chdir(path).map_err(|errno| Failed::new("chdir", errno).on(path))
}
// ANCHOR_END: chdir
