//! A program without what only a debugger reads: a debug build has five times as much of it as code.
//! elf(5): what is loaded is told by the program headers; sections behind the last loaded byte are never in memory.

use std::ops::Range;

/// How much of the file is loaded, and where its section table is named in the header.
pub struct Loaded {
    pub end: usize,
}

/// The places in the header of a 64-bit file: of the section table (offset), and of its size (count, index of names).
const SECTIONS: [Range<usize>; 2] = [0x28..0x30, 0x3c..0x40];

/// The part of a 64-bit little-endian program that is loaded. None: it is another kind of file, to be taken as it is.
pub fn loaded(file: &[u8]) -> Option<Loaded> {
    let number = |at: usize, size: usize| -> Option<usize> {
        let bytes = file.get(at..at.checked_add(size)?)?;
        usize::try_from(bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))).ok()
    };
    // ELFCLASS64, ELFDATA2LSB.
    if file.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let (table, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
    let mut end = table.checked_add(size.checked_mul(count)?)?;
    for at in (0..count).map(|number| table + number * size) {
        end = end.max(number(at + 0x08, 8)?.checked_add(number(at + 0x20, 8)?)?);
    }
    (end <= file.len()).then_some(Loaded { end })
}

/// The program without its other parts, and without their table.
pub fn stripped(mut file: Vec<u8>) -> Vec<u8> {
    if let Some(loaded) = loaded(&file) {
        file.truncate(loaded.end);
        for place in SECTIONS {
            file[place].fill(0);
        }
    }
    file
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_program_runs_without_the_rest() {
        let own = std::fs::read("/proc/self/exe").expect("the test's own program");
        let small = super::stripped(own.clone());
        assert!(small.len() < own.len(), "{} of {}", small.len(), own.len());
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("small");
        std::fs::write(&path, small).expect("written");
        std::os::unix::fs::chown(&path, None, None).expect("ours");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
        let output = std::process::Command::new(&path).arg("--list").output().expect("it runs");
        assert!(output.status.success());
    }

    #[test]
    fn other_files_stay_as_they_are() {
        for file in [&b""[..], b"#!/bin/sh\n", b"\x7fELF\x01\x01\x01", b"\x7fELF\x02\x01\x01"] {
            assert_eq!(super::stripped(file.to_vec()), file);
        }
    }
}
