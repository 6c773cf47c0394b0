//! The whole book: plain mdBook makes the same files of it, and they are small.

use super::{Clone, HEAD, ROOT};
use crate::support::{self, boxlab::Boxlab, skip};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All files below a folder, by their path below it; without the mark by which our own builds know theirs.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn gather(top: &Path, folder: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                gather(top, &path, into);
            } else if entry.file_name() != ".boxlab-book" {
                into.insert(
                    path.strip_prefix(top).expect("below it").to_owned(),
                    std::fs::read(&path).expect("a file"),
                );
            }
        }
    }
    let mut found = BTreeMap::new();
    gather(folder, folder, &mut found);
    found
}

/// The names of files that two sites do not have alike.
fn other(one: &BTreeMap<PathBuf, Vec<u8>>, two: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let names: std::collections::BTreeSet<&PathBuf> = one.keys().chain(two.keys()).collect();
    let other = names.into_iter().filter(|name| one.get(*name) != two.get(*name));
    other.map(|name| name.display().to_string()).collect()
}

/// The book of this repository, made by our own command.
fn ours(site: &Path) {
    let book = Path::new(ROOT).join("book");
    let arguments = ["book".as_ref(), "build".as_ref(), site.as_os_str(), "--source".as_ref(), book.as_os_str()];
    Boxlab::new(arguments).expect(0);
}

/// What the program `mdbook` does its library does, by the same commands of the settings; it is taken here, since
/// building the program takes minutes. Where it is installed, it is asked too.
#[test]
fn plain_mdbook_makes_the_same_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (site, plain) = (folder.path().join("site"), folder.path().join("plain"));
    ours(&site);
    let site = files(&site);
    assert!(site.len() > 50, "{}", site.len());
    let book = Path::new(ROOT).join("book");
    let program = support::boxlab::program();
    let mut config = mdbook_driver::config::Config::from_disk(book.join("book.toml")).expect("the settings");
    config.set("preprocessor.boxlab.command", format!("{} book preprocess", program.display())).expect("a command");
    config.set("output.boxlab.command", format!("{} book render", program.display())).expect("a command");
    config.build.build_dir.clone_from(&plain);
    let made = mdbook_driver::MDBook::load_with_config(&book, config).expect("a book");
    made.build().expect("mdBook makes it");
    assert_eq!(other(&site, &files(&plain)), Vec::<String>::new());

    if std::process::Command::new("mdbook").arg("--version").output().is_err() {
        skip("the program mdbook: it is not installed (cargo install mdbook); its library was asked");
        return;
    }
    // Its settings start `boxlab`, which is to be this one.
    let tools = folder.path().join("bin");
    std::fs::create_dir(&tools).expect("a folder");
    std::os::unix::fs::symlink(&program, tools.join("boxlab")).expect("a link");
    let path = std::env::var("PATH").unwrap_or_default();
    let again = folder.path().join("again");
    let ran = std::process::Command::new("mdbook")
        .args(["build".as_ref(), "--dest-dir".as_ref(), again.as_os_str(), book.as_os_str()])
        .env("PATH", format!("{}:{path}", tools.display()))
        .output()
        .expect("it starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(other(&site, &files(&again)), Vec::<String>::new());
}

/// What `mdbook` does is what its library does; here that starts our program, as `mdbook build book` would.
#[test]
fn a_preprocessor_says_what_it_is_for() {
    let page = Clone::new(&format!("{HEAD}{{{{#step 1}}}}\n\n\\{{{{#step 1}}}}\n\n{{{{#picture 3}}}}\n")).page();
    // Marks for whoever makes the pages are no part of them.
    assert!(!page.contains("<!--u-->") && !page.contains("<!--s-->"));
    assert!(page.contains("{{#step 1}}"), "what is escaped stays");
    let not_ours = Boxlab::new(["book", "preprocess", "supports", "epub"]).expect(1);
    assert_eq!(not_ours.stderr, "");
    Boxlab::new(["book", "preprocess", "supports", "boxlab"]).expect(0);
    let told = Boxlab::new(["book", "preprocess"]).expect(2).stderr;
    assert!(told.contains("is no book as mdBook hands it to preprocessors"), "{told}");
    let told = Boxlab::new(["book", "render"]).expect(2).stderr;
    assert!(told.contains("The pages cannot be made.") && told.contains("mdbook build book"), "{told}");
}

/// Without the recordings in its pages; with all that a chapter of each exercise takes.
#[test]
fn the_site_is_small() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    ours(folder.path());
    let size = |(path, file): (PathBuf, Vec<u8>)| {
        if path.extension().is_none_or(|it| it != "html") {
            return file.len();
        }
        let page = String::from_utf8(file).expect("a page");
        let recorded = page.split("asciicast\">").skip(1).map(|rest| rest.find("</script>").expect("its end"));
        page.len() - recorded.sum::<usize>()
    };
    let site = files(folder.path());
    let index = site[Path::new("searchindex.js")].len();
    let all: usize = site.into_iter().map(size).sum();
    assert!(all < 5_900_000, "the site has {all} bytes without its recordings");
    assert!(index < 1_000_000, "the index of the search has {index} bytes");
}
