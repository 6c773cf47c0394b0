//! The book in a browser: every page of it, and pages with everything that was recorded of some lessons, in the Chromium that is
//! installed. `tests/browser/book.mjs` looks; what it needs is fetched by `npm ci --prefix tests/browser`.

mod support;

use boxlab::book::Course;
use boxlab::lesson::shelf::Shelf;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::boxlab::Boxlab;
use support::skip;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The browser, where all that is needed is there.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let Some(browser) = named.into_iter().chain(usual).find(|path| path.exists()) else {
        skip("the book in a browser: there is no Chromium (apt-get install chromium)");
        return None;
    };
    if Command::new("node").arg("--version").output().is_err() {
        skip("the book in a browser: there is no node (apt-get install nodejs npm)");
        return None;
    }
    if !Path::new(ROOT).join("tests/browser/node_modules/playwright-core").exists() {
        skip("the book in a browser: its driver is missing (npm ci --prefix tests/browser)");
        return None;
    }
    Some(browser)
}

/// Looks at a site, and gives what is wrong.
#[track_caller]
fn look(browser: &Path, site: &Path, word: &str) {
    let ran = Command::new("node")
        .arg(Path::new(ROOT).join("tests/browser/book.mjs"))
        .args([site.as_os_str(), word.as_ref()])
        .env("CHROMIUM", browser)
        .output()
        .expect("node starts");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains(" looked at, 0 wrong"), "{said}");
}

#[test]
fn the_book_is_right_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = folder.path().join("site");
    Boxlab::new(["book".as_ref(), "build".as_ref(), site.as_os_str()]).expect(0);
    look(&browser, &site, "sethostname");
}

/// Lessons that have every kind of block and picture between them; `pivot_root` is in one of them.
#[test]
fn every_kind_of_block_is_right_in_a_browser() {
    let Some(browser) = browser() else { return };
    let rows = [
        ("pivot", 3..=9, "mounts container"),
        ("bridge", 2..=4, "network"),
        ("cgroups", 5..=8, "groups"),
        ("caps", 6..=9, "capabilities container"),
        ("overlay", 4..=5, "layers"),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let course = Course::new(Shelf::embedded()).expect("the lessons");
    std::fs::create_dir_all(path("book/src/lessons")).expect("a folder");
    for name in ["theme/boxlab.css", "theme/boxlab.js", "theme/fonts/fonts.css", "src/README.md"] {
        let to = path("book").join(name);
        std::fs::create_dir_all(to.parent().expect("in a folder")).expect("a folder");
        std::fs::copy(Path::new(ROOT).join("book").join(name), to).expect("a file");
    }
    std::fs::write(path("book/book.toml"), support::book_settings()).expect("a file");
    let mut summary = "[About](README.md)\n\n".to_owned();
    for (id, steps, picture) in rows {
        let numbered = course.lesson(id).expect("the lesson");
        let told = course.told(id, None).expect("its record");
        let mut text = format!("# {}\n\n{{{{#lesson {id}}}}}\n\n{{{{#try}}}}\n\n", numbered.lesson.title);
        for moment in told.steps.iter().filter(|it| it.record.text.question.is_some()).take(2) {
            let _ = write!(text, "{{{{#quiz {}}}}}\n\n", moment.record.number);
        }
        for number in steps {
            let _ = write!(
                text,
                "{{{{#step {number} why notes}}}}\n\n{{{{#picture {number}}}}}\n\n{{{{#picture {number} {picture}}}}}\n\n"
            );
        }
        text += "{{#code unshare}}\n\n{{#docker}}\n\n{{#summary}}\n";
        std::fs::write(path("book/src/lessons").join(format!("{}.md", numbered.folder)), text).expect("a file");
        let _ = writeln!(summary, "- [{}](lessons/{}.md)", numbered.lesson.title, numbered.folder);
    }
    std::fs::write(path("book/src/SUMMARY.md"), summary).expect("a file");
    let mut build = Boxlab::new(["book", "build", "site", "--source", "book"]);
    build.command.current_dir(folder.path());
    build.expect(0);
    look(&browser, &path("site"), "pivot_root");
}
