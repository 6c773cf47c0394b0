//! The reader of programs meets whole, cut and hostile files. No kernel is needed.

use super::*;
use std::io::Write;

fn read_bytes(bytes: &[u8]) -> Program {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("it takes the bytes");
    read(&file).expect("it can be read")
}

/// A 64-bit ELF file with one program header, PT_INTERP, whose name follows it.
fn dynamic(name: &[u8]) -> Vec<u8> {
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 62, 0, 1, 0, 0, 0];
    file.extend([0; 8]);
    file.extend(64u64.to_le_bytes());
    file.extend([0; 8 + 4]);
    for field in [64u16, 56, 1, 64, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    file.extend(3u32.to_le_bytes());
    file.extend(4u32.to_le_bytes());
    for field in [64 + 56, 0, 0, name.len() as u64, name.len() as u64, 1] {
        file.extend(field.to_le_bytes());
    }
    file.extend(name);
    file
}

fn elf_of(bytes: &[u8]) -> Elf {
    match read_bytes(bytes) {
        Program::Elf(elf) => elf,
        other => panic!("no ELF file: {other:?}"),
    }
}

#[test]
fn a_loader_is_found() {
    let elf = elf_of(&dynamic(b"/lib/ld.so.1\0"));
    assert_eq!((elf.machine, elf.class, elf.kind), (62, 2, 2));
    assert_eq!(elf.interpreter.as_deref(), Some("/lib/ld.so.1"));
    assert_eq!(elf.broken, None);
}

#[test]
fn every_cut_is_survived_and_said() {
    let whole = dynamic(b"/lib/ld.so.1\0");
    for length in 4..whole.len() {
        let elf = elf_of(&whole[..length]);
        assert!(elf.broken.is_some(), "cut to {length} bytes");
        assert_eq!(elf.interpreter, None, "cut to {length} bytes");
    }
}

#[test]
fn sizes_are_not_trusted() {
    let mut file = dynamic(b"/lib/ld.so.1\0");
    // p_filesz of the name: as large as a number can be.
    file[64 + 32..64 + 40].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(elf_of(&file).broken, Some("the name of its loader has an impossible length"));
    let mut file = dynamic(b"/lib/ld.so.1\0");
    // e_phoff beyond the end.
    file[32..40].copy_from_slice(&(u64::MAX - 3).to_le_bytes());
    assert!(elf_of(&file).broken.is_some());
}

#[test]
fn a_name_without_an_end_is_broken() {
    assert_eq!(elf_of(&dynamic(b"/lib/ld.so.1")).broken, Some("the name of its loader is cut off"));
}

#[test]
fn scripts_and_others() {
    assert_eq!(read_bytes(b"#!/bin/sh -e\necho"), Program::Script(Some("/bin/sh".into())));
    assert_eq!(read_bytes(b"#! \t/bin/env sh"), Program::Script(Some("/bin/env".into())));
    assert_eq!(read_bytes(b"#!\n/bin/sh"), Program::Script(None));
    assert_eq!(read_bytes(b""), Program::Empty);
    assert_eq!(read_bytes(b"echo hello\n"), Program::Other(b"echo hel".to_vec()));
}
