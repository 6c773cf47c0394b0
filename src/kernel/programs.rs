//! The small programs that Boxlab brings for a root file system, and its own binary.
//! execve(2) maps what the file's program headers say (elf(5)). A *static* program brings all it needs. A *dynamic* one
//! names a loader in PT_INTERP; the kernel maps that too and starts it instead, so if the loader's path does not exist
//! in the process' root, execve answers ENOENT although the program is there. Another processor's code is ENOEXEC.
//! The files are written from here, byte by byte: nothing of the learner's machine is needed.

use super::error::Failed;
use super::operation::{Place, Program, Symlink};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::OnceLock;

/// Where the dynamic program wants its loader.
pub const LOADER: &str = "/lib/ld.so.1";
const MESSAGE: &[u8] = b"hello from a program of its own\n";
/// ELF header and two program headers, in bytes (elf(5)).
const HEADERS: usize = 64 + 2 * 56;
const LOAD_ADDRESS: u64 = 0x40_0000;
/// The type of an ELF file that may be mapped at any address: ET_DYN.
const LOADED_ANYWHERE: u16 = 3;
const PAGE: usize = 0x1000;

static OWN_BINARY: OnceLock<RawFd> = OnceLock::new();

/// Remembers an open descriptor of Boxlab's own binary, which later has no path: the lab's root holds nothing of the
/// host. It must stay open.
pub fn remember_own_binary(file: RawFd) {
    OWN_BINARY.set(file).ok();
}

/// The descriptor of Boxlab's own binary, if it was remembered.
pub fn own_binary() -> Option<RawFd> {
    OWN_BINARY.get().copied()
}

// ANCHOR: place
/// Puts a program at a path, executable by all, and gives it further names beside that one.
pub fn place(place: &Place) -> Result<(), Failed> {
    match place.program {
        Program::Tools => copy_own_binary(&place.at)?,
        other => super::files::write_bytes(&place.at, &bytes(other), 0o755)?,
    }
    let (directory, own_name) = place.at.rsplit_once('/').unwrap_or((".", &place.at));
    for name in &place.names {
        super::files::symlink(&Symlink { to: own_name.to_owned(), at: format!("{directory}/{name}") })?;
    }
    Ok(())
}
// ANCHOR_END: place

/// A program as a file. Boxlab's own is not made of bytes here: it is copied.
pub fn bytes(program: Program) -> Vec<u8> {
    match program {
        Program::Dynamic => hello(Some(LOADER), own_machine()),
        Program::Foreign => hello(None, foreign_machine()),
        Program::Loader => loader(),
        Program::Static | Program::Tools => hello(None, own_machine()),
    }
}

/// One call copies the whole file: sendfile(2).
fn copy_own_binary(at: &str) -> Result<(), Failed> {
    let from = own_binary().ok_or_else(|| Failed::new("sendfile", nix::errno::Errno::EBADF).on(at))?;
    let to = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o755).open(at);
    let to = to.map_err(|error| Failed::io("openat", &error, at))?;
    // SAFETY: the descriptor was opened at the start and is never closed.
    let from = unsafe { BorrowedFd::borrow_raw(from) };
    let size = nix::sys::stat::fstat(from).map_err(|errno| Failed::new("fstat", errno))?.st_size;
    let mut offset: libc::off_t = 0;
    while offset < size {
        let left = usize::try_from(size - offset).unwrap_or(usize::MAX);
        // SAFETY: `offset` lives across the call; both descriptors are open.
        let sent = unsafe { libc::sendfile(to.as_raw_fd(), from.as_raw_fd(), &raw mut offset, left) };
        if nix::errno::Errno::result(sent).map_err(|errno| Failed::new("sendfile", errno).on(at))? == 0 {
            break;
        }
    }
    Ok(())
}

/// e_machine of <elf.h>: 62 is x86-64, 183 is 64-bit Arm.
fn own_machine() -> u16 {
    if cfg!(target_arch = "x86_64") { 62 } else { 183 }
}

fn foreign_machine() -> u16 {
    if cfg!(target_arch = "x86_64") { 183 } else { 62 }
}

/// A program that writes one line and exits. With an interpreter, that one is started first.
fn hello(interpreter: Option<&str>, machine: u16) -> Vec<u8> {
    let code = if cfg!(target_arch = "x86_64") { hello_x86_64() } else { hello_aarch64() };
    // Type 2 is an executable at a fixed address.
    elf(2, LOAD_ADDRESS, &code, interpreter, machine)
}

/// write(1, MESSAGE, length); exit(0). The message follows the code.
fn hello_x86_64() -> Vec<u8> {
    let length = u32::try_from(MESSAGE.len()).unwrap_or(0).to_le_bytes();
    let mut code = vec![0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0]; // mov eax, write; mov edi, 1
    code.extend([0x48, 0x8d, 0x35, 16, 0, 0, 0, 0xba]); // lea rsi, [rip + 16]; mov edx, length
    code.extend(length);
    code.extend([0x0f, 0x05, 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]); // syscall; mov eax, exit; xor edi, edi; syscall
    code.extend(MESSAGE);
    code
}

/// The same in the other instruction set.
fn hello_aarch64() -> Vec<u8> {
    let length = u32::try_from(MESSAGE.len()).unwrap_or(0);
    let words: [u32; 8] = [
        0xd280_0020,                 // mov x0, 1
        0x1000_00e1,                 // adr x1, 28 bytes on
        0xd280_0002 | (length << 5), // mov x2, length
        0xd280_0808,                 // mov x8, write
        0xd400_0001,                 // svc 0
        0xd280_0000,                 // mov x0, 0
        0xd280_0ba8,                 // mov x8, exit
        0xd400_0001,                 // svc 0
    ];
    let mut code: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    code.extend(MESSAGE);
    code
}

/// The smallest loader: finds AT_ENTRY in the auxiliary vector that the kernel left on the stack, and jumps there.
fn loader() -> Vec<u8> {
    let code = if cfg!(target_arch = "x86_64") {
        vec![
            0x48, 0x89, 0xe6, // mov rsi, rsp
            0x48, 0xad, // lodsq: argc
            0x48, 0x8d, 0x74, 0xc6, 0x08, // lea rsi, [rsi + 8 * rax + 8]: past the arguments
            0x48, 0xad, 0x48, 0x85, 0xc0, 0x75, 0xf9, // past the environment, to its end 0
            0x48, 0xad, 0x83, 0xf8, 0x09, 0x74, 0x04, // the next entry: is it AT_ENTRY (9)?
            0x48, 0xad, 0xeb, 0xf5, // no: skip its value
            0x48, 0xad, 0xff, 0xe0, // yes: jump to its value
        ]
    } else {
        let words: [u32; 10] = [
            0x9100_03e1, // mov x1, sp
            0xf840_8422, // ldr x2, [x1], 8: argc
            0x8b02_0c21, // add x1, x1, x2, lsl 3: past the arguments
            0x9100_2021, // add x1, x1, 8
            0xf840_8422, // ldr x2, [x1], 8
            0xb5ff_ffe2, // cbnz x2, one back: past the environment
            0xa8c1_0c22, // ldp x2, x3, [x1], 16: the next entry
            0xf100_245f, // cmp x2, 9: is it AT_ENTRY?
            0x54ff_ffc1, // b.ne two back
            0xd61f_0060, // br x3
        ];
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    };
    // So it does not meet the program.
    elf(LOADED_ANYWHERE, 0, &code, None, own_machine())
}

/// An ELF file with one loaded segment, and PT_INTERP if there is an interpreter: elf(5).
fn elf(kind: u16, address: u64, code: &[u8], interpreter: Option<&str>, machine: u16) -> Vec<u8> {
    let name: Vec<u8> = interpreter.map(|path| [path.as_bytes(), &[0]].concat()).unwrap_or_default();
    // Code starts at a multiple of 16, behind the headers and the interpreter's name.
    let start = (HEADERS + name.len()).next_multiple_of(16);
    let mut end = start + code.len();
    if kind == LOADED_ANYWHERE {
        // Kernels before 6.7 clear what is left of a loader's last page, which can only be written to if it is full.
        end = end.next_multiple_of(PAGE);
    }
    let size = end as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend(kind.to_le_bytes());
    file.extend(machine.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    for field in [address + start as u64, 64, 0] {
        file.extend(field.to_le_bytes()); // entry point, program headers, no section headers
    }
    file.extend(0u32.to_le_bytes());
    let headers: u16 = if interpreter.is_some() { 2 } else { 1 };
    for field in [64u16, 56, headers, 64, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    let mut segment = |kind: u32, flags: u32, offset: u64, size: u64, align: u64| {
        file.extend(kind.to_le_bytes());
        file.extend(flags.to_le_bytes());
        for field in [offset, address + offset, address + offset, size, size, align] {
            file.extend(field.to_le_bytes());
        }
    };
    if interpreter.is_some() {
        segment(3, 4, HEADERS as u64, name.len() as u64, 1); // PT_INTERP, readable: before what is loaded
    }
    segment(1, 5, 0, size, 0x1000); // PT_LOAD, readable and executable
    file.resize(HEADERS, 0);
    file.extend(&name);
    file.resize(start, 0);
    file.extend(code);
    file.resize(end, 0);
    file
}
