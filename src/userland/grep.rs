//! `grep`: lines that match, with the options that people type. Patterns are those of the regex crate: -E is the
//! default, and \( \| of basic expressions are not understood.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Parser;
use regex::bytes::{Regex, RegexBuilder};

use super::report::{self, Failure};

/// Print lines that match
#[derive(Parser)]
#[command(name = "grep", disable_help_flag = true)]
struct Arguments {
    /// This text
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Ignore case
    #[arg(short = 'i')]
    ignore_case: bool,
    /// Lines that do not match
    #[arg(short = 'v')]
    invert: bool,
    /// With line numbers
    #[arg(short = 'n')]
    numbers: bool,
    /// Directories too, with all that is in them
    #[arg(short = 'r', visible_short_alias = 'R')]
    recursive: bool,
    /// Print nothing; the exit status tells
    #[arg(short)]
    quiet: bool,
    /// Extended expressions (always)
    #[arg(short = 'E')]
    _extended: bool,
    /// The pattern is a plain text
    #[arg(short = 'F')]
    fixed: bool,
    /// Whole words
    #[arg(short)]
    word: bool,
    /// Only what matched
    #[arg(short)]
    only: bool,
    /// Only how many lines
    #[arg(short)]
    count: bool,
    /// Only the names of files that match
    #[arg(short = 'l')]
    list: bool,
    /// No file names
    #[arg(short = 'h')]
    no_names: bool,
    /// No messages about files that cannot be read
    #[arg(short = 's')]
    silent: bool,
    pattern: String,
    /// Standard input, if none
    files: Vec<PathBuf>,
}

struct Search {
    options: Arguments,
    pattern: Regex,
    names: bool,
    found: bool,
    failed: bool,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |options: Arguments| {
        let mut text = if options.fixed { regex::escape(&options.pattern) } else { options.pattern.clone() };
        if options.word {
            text = format!(r"\b(?:{text})\b");
        }
        let pattern = RegexBuilder::new(&text)
            .case_insensitive(options.ignore_case)
            .build()
            .map_err(|error| Failure::new(format!("{error}")))?;
        let names = !options.no_names && (options.recursive || options.files.len() > 1);
        let files = options.files.clone();
        let recursive = options.recursive;
        let mut search = Search { options, pattern, names, found: false, failed: false };
        match (files.is_empty(), recursive) {
            (true, true) => search.path(Path::new("."))?,
            (true, false) => search.lines(Path::new("-"), io::stdin().lock())?,
            _ => files.iter().try_for_each(|file| search.path(file))?,
        }
        // As grep: 2 for trouble, unless it was quiet and found something.
        Ok(match (search.found, search.failed) {
            (true, failed) if !failed || search.options.quiet => 0,
            (_, true) => 2,
            _ => 1,
        })
    })
}

impl Search {
    fn path(&mut self, path: &Path) -> io::Result<()> {
        if path == Path::new("-") {
            return self.lines(path, io::stdin().lock());
        }
        let result = if path.is_dir() { self.directory(path) } else { File::open(path).map(Some) };
        match result {
            Ok(Some(file)) => self.lines(path, BufReader::new(file)),
            Ok(None) => Ok(()),
            Err(error) => {
                self.trouble(path, &error);
                Ok(())
            }
        }
    }

    fn directory(&mut self, path: &Path) -> io::Result<Option<File>> {
        if !self.options.recursive {
            return Err(nix::errno::Errno::EISDIR.into());
        }
        let mut entries: Vec<PathBuf> = path.read_dir()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        entries.sort();
        for entry in entries.iter().filter(|entry| !entry.is_symlink()) {
            // A pipe or a device could block forever; /proc has files that do.
            if entry.is_dir() || entry.is_file() {
                self.path(entry)?;
            }
        }
        Ok(None)
    }

    fn trouble(&mut self, path: &Path, error: &io::Error) {
        self.failed = true;
        if !self.options.silent {
            report::end("grep", Err(Failure::io(path.display(), error)));
        }
    }

    fn lines(&mut self, path: &Path, mut from: impl BufRead) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let name = if self.names { format!("{}:", path.display()) } else { String::new() };
        let mut line = vec![];
        let (mut number, mut count) = (0, 0);
        loop {
            line.clear();
            match from.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    self.trouble(path, &error);
                    break;
                }
            }
            number += 1;
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            if self.pattern.is_match(text) == self.options.invert {
                continue;
            }
            count += 1;
            self.found = true;
            if self.options.quiet || self.options.list {
                break;
            }
            if self.options.count {
                continue;
            }
            let place = if self.options.numbers { format!("{name}{number}:") } else { name.clone() };
            if self.options.only {
                for part in self.pattern.find_iter(text).filter(|part| !part.is_empty()) {
                    out.write_all(&[place.as_bytes(), part.as_bytes(), b"\n"].concat())?;
                }
            } else {
                out.write_all(&[place.as_bytes(), text, b"\n"].concat())?;
            }
        }
        if self.options.list && count > 0 {
            writeln!(out, "{}", path.display())?;
        } else if self.options.count {
            writeln!(out, "{name}{count}")?;
        }
        Ok(())
    }
}
