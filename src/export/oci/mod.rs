//! A lesson as an OCI bundle: config.json and rootfs, which runc and crun run, and a README that says step by step where each
//! operation has gone.

mod fold;
mod readme;
mod resources;
mod spec;
mod tree;

use super::File;
use super::acts::Acts;
use fold::World;
pub use spec::Exporter;
use spec::ROOTFS;

/// Where lessons build the root file system on the lab host.
const BOX: &str = "/srv/box";

/// The bundle. `course` has a lesson that builds a root file system, for those that come before it.
pub fn export(acts: &Acts, with_root: Option<&Acts>, exporter: Exporter) -> Vec<File> {
    let world = World::of(acts);
    let Some(actor) = world.actors.get(acts.inside()) else { return Vec::new() };
    let config = spec::config(&world, actor, exporter);
    let mut files = vec![
        File::text("config.json", format!("{:#}\n", config.json)),
        File::text("README.md", readme::readme(acts, &config, exporter)),
    ];
    let root = if actor.root.is_empty() { BOX } else { &actor.root };
    if world.tree.has_tools(root) {
        files.extend(world.tree.below(root, ROOTFS));
    } else {
        files.extend(with_root.map(|acts| World::of(acts).tree.below(BOX, ROOTFS)).unwrap_or_default());
    }
    for (source, name) in &config.folders {
        files.extend(world.tree.below(source, name));
    }
    files
}

/// Whether a lesson has built a root file system by its end.
pub fn builds_a_root(acts: &Acts) -> bool {
    World::of(acts).tree.has_tools(BOX)
}
