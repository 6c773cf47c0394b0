//! Every link of a finished site: one to a page or a place of it must lead there, one to elsewhere must have the form of an
//! address. Nothing is fetched.

use crate::problem::{Problem, WRONG};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<(a|img|script|link|iframe|source)\b[^>]*?\s(?:href|src)="([^"]*)""#).expect("it is right")
});
static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\sid="([^"]+)""#).expect("it is right"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^https://[a-z0-9.-]+\.[a-z]+(/[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?$").expect("it is right")
});

/// `chapters` is where the site's chapters were read, `shown` how messages call that.
pub fn check(site: &Path, chapters: &Path, shown: &Path) -> Result<(), Problem> {
    let mut pages = BTreeMap::new();
    gather(site, site, &mut pages).map_err(|error| {
        Problem::new(WRONG, "The pages that were made cannot be read again.").because(error.to_string())
    })?;
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path, ID.captures_iter(text).filter_map(|it| Some(it.get(1)?.as_str())).collect()))
        .collect();
    for (page, text) in &pages {
        // This one is every page again.
        if page.as_os_str() == "print.html" {
            continue;
        }
        for found in LINK.captures_iter(text) {
            let (tag, link) = (&found[1], found[2].replace("&amp;", "&"));
            if let Err(why) = one(site, page, tag, &link, &ids) {
                let place = place(chapters, shown, page, &link);
                return Err(Problem::new(WRONG, format!("{place}: the link `{link}` {why}.")).next("mend the link"));
            }
        }
    }
    Ok(())
}

/// Why a link leads nowhere.
fn one(
    site: &Path,
    page: &Path,
    tag: &str,
    link: &str,
    ids: &BTreeMap<&PathBuf, BTreeSet<&str>>,
) -> Result<(), String> {
    if link.contains("://") || link.starts_with("//") {
        return match tag {
            "a" if ADDRESS.is_match(link) => Ok(()),
            "a" => Err("has not the form of an address that begins with https://".to_owned()),
            // A page that asks somebody else for a part of itself does not work on a train.
            _ => Err("loads something from elsewhere".to_owned()),
        };
    }
    let (path, place) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { page.to_owned() } else { joined(page.parent().unwrap_or(Path::new("")), path) };
    if !site.join(&target).exists() {
        return Err("leads to a page that is not there".to_owned());
    }
    match ids.get(&target) {
        Some(ids) if !place.is_empty() && !ids.contains(place) => {
            Err(format!("leads to a place that {} has not got", target.display()))
        }
        _ => Ok(()),
    }
}

/// A path from a folder, without `..` in it.
fn joined(folder: &Path, path: &str) -> PathBuf {
    let mut out = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::Normal(name) => out.push(name),
            _ => {}
        }
    }
    out
}

/// File and line of a link in its chapter; the page where the link was not typed there.
fn place(chapters: &Path, shown: &Path, page: &Path, link: &str) -> String {
    let names = [page.with_extension("md"), page.with_file_name("README.md")];
    let typed = link.replace(".html", ".md");
    for name in names {
        let Ok(text) = std::fs::read_to_string(chapters.join(&name)) else { continue };
        let line = text.lines().position(|line| line.contains(link) || line.contains(&typed));
        if let Some(line) = line {
            return format!("{}:{}", shown.join(&name).display(), line + 1);
        }
    }
    page.display().to_string()
}

fn gather(site: &Path, folder: &Path, pages: &mut BTreeMap<PathBuf, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(site, &path, pages)?;
        } else if path.extension().is_some_and(|end| end == "html") {
            let text = std::fs::read_to_string(&path)?;
            pages.insert(path.strip_prefix(site).unwrap_or(&path).to_owned(), text);
        }
    }
    Ok(())
}
