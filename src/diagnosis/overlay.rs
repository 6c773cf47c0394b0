//! Why mount(2) of an overlay failed: its directories, and how they lie to each other (Documentation/filesystems/
//! overlayfs). Linux 5.11 and later let a user namespace mount one.

use super::findings::{Findings, reason};
use super::mount::Asked;
use super::paths;
use super::scene::Scene;
use super::walk::{Last, Place, walk};
use crate::evidence::record::Reason;
use nix::errno::Errno;

/// The directories that the options name.
struct Layers<'s> {
    lower: Vec<&'s str>,
    upper: Option<&'s str>,
    work: Option<&'s str>,
}

fn layers<'s>(options: &'s str) -> Layers<'s> {
    let of = |name: &str| -> Option<&'s str> {
        options.split(',').find_map(|word| word.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    };
    let lower = of("lowerdir").map(|list| list.split(':').filter(|it| !it.is_empty()).collect()).unwrap_or_default();
    Layers { lower, upper: of("upperdir"), work: of("workdir") }
}

pub fn ask(findings: &mut Findings, scene: &Scene<'_>, asked: &Asked<'_>, errno: Errno) {
    let layers = layers(asked.options.unwrap_or_default());
    let named = layers.lower.iter().map(|path| ("lowerdir", *path));
    let named = named.chain(layers.upper.map(|it| ("upperdir", it))).chain(layers.work.map(|it| ("workdir", it)));
    match errno {
        Errno::ENOENT | Errno::ENOTDIR => {
            for (option, path) in named {
                match walk(scene, path, Last::Follow) {
                    Err(stop) if paths::errno(&stop) == errno => {
                        let mut found = paths::stopped(scene, &stop, path);
                        found.cause = format!("the {option} of the overlay is not there: {}", found.cause);
                        findings.ask("", Some(found));
                    }
                    Ok(place) if errno == Errno::ENOTDIR && !place.about.is_directory() => {
                        let kind = place.about.kind();
                        let cause = format!("the {option} {path} is a {kind}, and a directory is needed");
                        findings.ask("", Some(reason(cause, &[format!("{path}: {kind}")], "")));
                    }
                    _ => {}
                }
            }
        }
        Errno::EINVAL => {
            findings.ask("a directory is left out", left_out(&layers));
            findings.ask("upperdir and workdir lie wrongly to each other", apart(scene, &layers));
        }
        Errno::ELOOP => {
            let same = layers.upper.filter(|upper| layers.lower.contains(upper)).map(|upper| {
                let cause = format!("{upper} is both lower and upper layer");
                reason(cause, &[format!("options: lowerdir and upperdir {upper}")], "a directory of its own for each")
            });
            findings.ask("one directory is two layers", same);
        }
        _ => {}
    }
}

fn left_out(layers: &Layers<'_>) -> Option<Reason> {
    let (cause, remedy) = match (layers.lower.len(), layers.upper, layers.work) {
        (0, _, _) => ("an overlay needs a lowerdir, and none was given", "-o lowerdir=DIR"),
        (_, Some(_), None) => ("an overlay with an upperdir needs a workdir too, and none was given", "-o workdir=DIR"),
        (_, None, Some(_)) => ("a workdir is of no use without an upperdir, and none was given", "-o upperdir=DIR"),
        (1, None, None) => {
            ("one lower layer alone is no overlay: it needs a second one or an upperdir", "-o upperdir=DIR,workdir=DIR")
        }
        _ => return None,
    };
    Some(reason(cause, &["options: as given".to_owned()], remedy))
}

fn apart(scene: &Scene<'_>, layers: &Layers<'_>) -> Option<Reason> {
    let (upper_path, work_path) = (layers.upper?, layers.work?);
    let upper = walk(scene, upper_path, Last::Follow).ok()?;
    let work = walk(scene, work_path, Last::Follow).ok()?;
    let inside = |one: &Place, other: &Place| {
        one.path == other.path || one.path.strip_prefix(&other.path).is_some_and(|rest| rest.starts_with('/'))
    };
    if inside(&work, &upper) || inside(&upper, &work) {
        let cause = format!("{work_path} and {upper_path} lie within each other; workdir and upperdir must be apart");
        return Some(reason(
            cause,
            &[format!("upperdir: {}", upper.path), format!("workdir: {}", work.path)],
            "side by side",
        ));
    }
    if upper.about.mount != work.about.mount {
        let cause = "upperdir and workdir must lie on the same mount, since files are moved from one to the other";
        let line = |name: &str, it: &Place| format!("{name}: {} {}", it.path, paths::lies_on(scene, it));
        return Some(reason(cause, &[line("upperdir", &upper), line("workdir", &work)], "both on one file system"));
    }
    let on = scene.row(upper.about.mount)?.fs_type.clone();
    (on == "overlay").then(|| {
        let cause = "an upper layer cannot lie on an overlay";
        reason(cause, &[format!("upperdir: {} lies on {on}", upper.path)], "put it on a tmpfs")
    })
}
