//! Where the modules of a kernel lie: named by its release, in the system or beside the image.

use std::path::{Path, PathBuf};

/// The folders that may have them, the likeliest first. `given` is a folder that the user named: that of one kernel, or
/// one above it.
pub fn of_modules(given: Option<&Path>, image: &Path, release: &str) -> Vec<PathBuf> {
    if let Some(given) = given {
        return vec![
            given.join(release),
            given.join("lib/modules").join(release),
            given.join("usr/lib/modules").join(release),
            given.to_owned(),
        ];
    }
    // An image that was unpacked from its package lies in `boot`, beside a `lib`.
    let beside = image.parent().and_then(Path::parent).filter(|it| *it != Path::new("/"));
    let mut places: Vec<PathBuf> = ["lib/modules", "usr/lib/modules"]
        .iter()
        .flat_map(|folder| [beside.map(|it| it.join(folder)), Some(Path::new("/").join(folder))])
        .flatten()
        .map(|folder| folder.join(release))
        .collect();
    places.sort_by_key(|place| place.starts_with("/lib") || place.starts_with("/usr/lib"));
    // Where the image itself lies beside its modules.
    places.extend(image.parent().filter(|it| it.ends_with(release)).map(Path::to_owned));
    places
}
