//! The lab's groups as its host shows them at /sys/fs/cgroup, each tree with the lab's own group as its root
//! (cgroup_namespaces(7)). Version 2 is one mount; version 1 is a tmpfs with a directory for each controller.

use crate::kernel::cgroups::Layout;
use crate::kernel::error::Failed;
use crate::kernel::mounts;
use crate::kernel::operation::{MountFlag, NewMount};
use std::path::Path;

fn mount(kind: &str, at: &Path, options: Option<&str>) -> Result<(), Failed> {
    let flags = vec![MountFlag::Nosuid, MountFlag::Nodev, MountFlag::Noexec];
    let at = at.display().to_string();
    mounts::mount(&NewMount { kind: kind.into(), at, source: None, flags, options: options.map(Into::into) })
}

fn make(path: &Path) -> Result<(), Failed> {
    std::fs::create_dir(path).map_err(|error| Failed::io("mkdir", &error, path.display().to_string()))
}

/// Mounts them below the root of the lab host that is being built.
pub fn show(root: &Path, layout: &Layout) -> Result<(), Failed> {
    let at = root.join("sys/fs/cgroup");
    if !at.is_dir() {
        // Where there is no sysfs, an empty directory stands in for it.
        mount("tmpfs", &root.join("sys"), Some("mode=755,size=64k"))?;
        make(&root.join("sys/fs"))?;
        make(&at)?;
    }
    if layout.version == 2 {
        return mount("cgroup2", &at, None);
    }
    mount("tmpfs", &at, Some("mode=755,size=64k"))?;
    for (name, options) in &layout.trees {
        make(&at.join(name))?;
        mount("cgroup", &at.join(name), Some(options))?;
    }
    Ok(())
}
