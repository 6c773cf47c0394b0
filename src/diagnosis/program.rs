//! What execve(2) finds at the head of a file: an ELF header (elf(5)), a `#!` line, or neither. A reader of its own, for
//! the diagnosis only: bounded, and no number in the file is trusted. It shares nothing with the writer in `kernel`.

use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// As much as the kernel looks at for a `#!` line (BINPRM_BUF_SIZE).
const HEAD: usize = 256;
/// No more program headers are read; the kernel takes 64 KiB of them.
const MOST_HEADERS: u16 = 1170;
const PT_INTERP: u32 = 3;

/// What the file is, as far as the kernel cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    Empty,
    /// `#!`, with the interpreter's path; none if the line names none.
    Script(Option<String>),
    Elf(Elf),
    /// Something else; its first bytes.
    Other(Vec<u8>),
}

/// An ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    pub machine: u16,
    /// 1 for 32 bits, 2 for 64.
    pub class: u8,
    /// 2 is an executable, 3 one that can be mapped anywhere.
    pub kind: u16,
    /// The loader that it names.
    pub interpreter: Option<String>,
    /// What its headers promise and the file does not hold.
    pub broken: Option<&'static str>,
}

/// Reads at most the headers.
pub fn read(file: &std::fs::File) -> std::io::Result<Program> {
    let mut head = [0; HEAD];
    let length = fill(file, &mut head, 0)?;
    let head = &head[..length];
    Ok(match head {
        [] => Program::Empty,
        [b'#', b'!', line @ ..] => Program::Script(interpreter(line)),
        [0x7f, b'E', b'L', b'F', ..] => Program::Elf(elf(head, |at, bytes| fill(file, bytes, at).unwrap_or(0))),
        other => Program::Other(other[..other.len().min(8)].to_vec()),
    })
}

/// The same from an open path.
pub fn read_at(scene: &super::scene::Scene<'_>, file: &OwnedFd) -> Option<Program> {
    use std::os::fd::AsRawFd;
    // A descriptor with O_PATH cannot be read; its link in /proc opens the same file again.
    let file = scene.proc.open_path(&format!("self/fd/{}", file.as_raw_fd())).ok()?;
    read(&file).ok()
}

fn fill(file: &std::fs::File, bytes: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn interpreter(line: &[u8]) -> Option<String> {
    let line = line.split(|byte| *byte == b'\n' || *byte == 0).next().unwrap_or_default();
    let words = String::from_utf8_lossy(line).into_owned();
    words.split([' ', '\t']).find(|word| !word.is_empty()).map(str::to_owned)
}

/// `read(at, bytes)` fills as much as the file has there and says how much that was.
fn elf(head: &[u8], read: impl Fn(u64, &mut [u8]) -> usize) -> Elf {
    let class = head.get(4).copied().unwrap_or(0);
    let little = head.get(5) != Some(&2);
    let number = |bytes: &[u8], at: usize, size: usize| -> Option<u64> {
        let field = bytes.get(at..at.checked_add(size)?)?;
        let fold = |all: u64, byte: &u8| (all << 8) | u64::from(*byte);
        Some(if little { field.iter().rev().fold(0, fold) } else { field.iter().fold(0, fold) })
    };
    let short = |at: usize| number(head, at, 2).and_then(|it| u16::try_from(it).ok());
    let mut elf =
        Elf { machine: short(18).unwrap_or(0), class, kind: short(16).unwrap_or(0), interpreter: None, broken: None };
    // Sizes and places of the fields, by class: the offset of the program headers, their size and number.
    let wide = class == 2;
    let (size, offset, count) =
        if wide { (56, number(head, 32, 8), short(56)) } else { (32, number(head, 28, 4), short(44)) };
    let entry = if wide { short(54) } else { short(42) };
    let (Some(offset), Some(count), Some(entry)) = (offset, count, entry) else {
        elf.broken = Some("the ELF header is cut off");
        return elf;
    };
    if usize::from(entry) != size {
        elf.broken = Some("the program headers have a size that elf(5) does not know");
        return elf;
    }
    if count == 0 {
        elf.broken = Some("it has no program header, so there is nothing to load");
        return elf;
    }
    for at in 0..count.min(MOST_HEADERS) {
        let mut header = [0; 56];
        let header = &mut header[..size];
        let Some(place) = offset.checked_add(u64::from(at) * size as u64) else { break };
        if read(place, header) < size {
            elf.broken = Some("the program headers are cut off");
            return elf;
        }
        if number(header, 0, 4) != Some(u64::from(PT_INTERP)) {
            continue;
        }
        let (from, length) = if wide {
            (number(header, 8, 8), number(header, 32, 8))
        } else {
            (number(header, 4, 4), number(header, 16, 4))
        };
        let length = usize::try_from(length.unwrap_or(0)).unwrap_or(usize::MAX);
        // The kernel takes a name of 2 to PATH_MAX bytes that ends with 0.
        if !(2..=4096).contains(&length) {
            elf.broken = Some("the name of its loader has an impossible length");
            return elf;
        }
        let mut name = vec![0; length];
        let filled = read(from.unwrap_or(u64::MAX), &mut name);
        if filled < length || name.last() != Some(&0) {
            elf.broken = Some("the name of its loader is cut off");
            return elf;
        }
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        elf.interpreter = Some(String::from_utf8_lossy(&name[..end]).into_owned());
        break;
    }
    elf
}

/// The processor of an e_machine number, as <elf.h> names them.
pub fn processor(machine: u16) -> String {
    let name = match machine {
        2 | 43 => "SPARC",
        3 => "32-bit x86",
        8 => "MIPS",
        20 => "32-bit PowerPC",
        21 => "64-bit PowerPC",
        22 => "IBM Z",
        40 => "32-bit Arm",
        62 => "x86-64",
        183 => "64-bit Arm",
        243 => "RISC-V",
        258 => "LoongArch",
        other => return format!("an unknown processor (number {other})"),
    };
    name.to_owned()
}

/// The number of the processor that this program was built for, and so of the kernel.
pub fn own_machine() -> u16 {
    if cfg!(target_arch = "x86_64") { 62 } else { 183 }
}

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;
