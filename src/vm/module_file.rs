//! A kernel module's file: uncompressed, and what it says of itself (modinfo(8)).
//! Distributions compress them: Debian xz, Fedora xz or zstd, Arch and Ubuntu zstd. The guest gets them plain, since not
//! every kernel that has them can also unpack them.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// The endings of module files.
pub const ENDINGS: [&str; 4] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst"];

/// The name of the module in a file: `nf-tables.ko.xz` has `nf_tables`. None: it is no module.
pub fn name(path: &Path) -> Option<String> {
    let file = path.file_name()?.to_str()?;
    let name = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending))?;
    Some(name.replace('-', "_"))
}

/// Reads and unpacks it.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let file = std::fs::File::open(path)?;
    let mut plain = Vec::new();
    match path.extension().and_then(|it| it.to_str()) {
        Some("gz") => flate2::read::GzDecoder::new(file).read_to_end(&mut plain)?,
        Some("xz") => lzma_rust2::XzReader::new(std::io::BufReader::new(file), true).read_to_end(&mut plain)?,
        Some("zst") => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(std::io::BufReader::new(file));
            decoder.map_err(|error| Error::new(ErrorKind::InvalidData, error.to_string()))?.read_to_end(&mut plain)?
        }
        _ => std::io::BufReader::new(file).read_to_end(&mut plain)?,
    };
    if plain.starts_with(b"\x7fELF") { Ok(plain) } else { Err(Error::new(ErrorKind::InvalidData, "it is no ELF file")) }
}

/// A value of its `.modinfo` section: texts of the form `depends=nf_conntrack,nfnetlink`, each ended by a zero.
fn value(module: &[u8], key: &str) -> Option<String> {
    let pattern = [b"\0", key.as_bytes(), b"="].concat();
    let at = module.windows(pattern.len()).position(|it| it == pattern)? + pattern.len();
    let end = module[at..].iter().position(|byte| *byte == 0)? + at;
    String::from_utf8(module[at..end].to_vec()).ok()
}

/// The modules that must be loaded before.
pub fn depends(module: &[u8]) -> Vec<String> {
    let list = value(module, "depends").unwrap_or_default();
    list.split(',').filter(|name| !name.is_empty()).map(|name| name.replace('-', "_")).collect()
}

/// The kernel that it was built for.
pub fn built_for(module: &[u8]) -> Option<String> {
    value(module, "vermagic")?.split(' ').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const MODULE: &[u8] =
        b"\x7fELF...\0license=GPL\0depends=nf-conntrack,nfnetlink\0vermagic=6.1.0-9-cloud-amd64 SMP mod_unload\0";

    /// What xz(1) and zstd(1) make of it.
    const XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x01\x69\x22\xde\x36\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\x01\x00\x5e\x7f\x45\x4c\x46\x2e\x2e\x2e\x00\x6c\x69\x63\x65\x6e\x73\x65\x3d\x47\x50\x4c\x00\x64\x65\x70\x65\x6e\x64\x73\x3d\x6e\x66\x2d\x63\x6f\x6e\x6e\x74\x72\x61\x63\x6b\x2c\x6e\x66\x6e\x65\x74\x6c\x69\x6e\x6b\x00\x76\x65\x72\x6d\x61\x67\x69\x63\x3d\x36\x2e\x31\x2e\x30\x2d\x39\x2d\x63\x6c\x6f\x75\x64\x2d\x61\x6d\x64\x36\x34\x20\x53\x4d\x50\x20\x6d\x6f\x64\x5f\x75\x6e\x6c\x6f\x61\x64\x00\x00\x00\xf6\x2b\xc5\x97\x00\x01\x73\x5f\x7b\xd3\x40\xdf\x90\x42\x99\x0d\x01\x00\x00\x00\x00\x01\x59\x5a";
    const ZST: &[u8] = b"\x28\xb5\x2f\xfd\x04\x58\xf9\x02\x00\x7f\x45\x4c\x46\x2e\x2e\x2e\x00\x6c\x69\x63\x65\x6e\x73\x65\x3d\x47\x50\x4c\x00\x64\x65\x70\x65\x6e\x64\x73\x3d\x6e\x66\x2d\x63\x6f\x6e\x6e\x74\x72\x61\x63\x6b\x2c\x6e\x66\x6e\x65\x74\x6c\x69\x6e\x6b\x00\x76\x65\x72\x6d\x61\x67\x69\x63\x3d\x36\x2e\x31\x2e\x30\x2d\x39\x2d\x63\x6c\x6f\x75\x64\x2d\x61\x6d\x64\x36\x34\x20\x53\x4d\x50\x20\x6d\x6f\x64\x5f\x75\x6e\x6c\x6f\x61\x64\x00\x5c\x41\xc0\x04";

    #[test]
    fn it_is_read_however_it_is_packed() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(MODULE).expect("packed");
        let gz = gz.finish().expect("packed");
        let files = [("plain.ko", MODULE), ("packed.ko.gz", &gz), ("packed.ko.xz", XZ), ("packed.ko.zst", ZST)];
        for (name, bytes) in files {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            assert_eq!(read(&path).expect(name), MODULE);
        }
        for name in ["not.ko", "not.ko.gz", "not.ko.xz", "not.ko.zst"] {
            let path = directory.path().join(name);
            std::fs::write(&path, "no module").expect("written");
            assert!(read(&path).is_err(), "{name}");
        }
    }

    #[test]
    fn it_says_what_it_depends_on_and_what_it_is_for() {
        assert_eq!(depends(MODULE), ["nf_conntrack", "nfnetlink"]);
        assert_eq!(built_for(MODULE).as_deref(), Some("6.1.0-9-cloud-amd64"));
        assert_eq!(depends(b"\x7fELF\0depends=\0"), Vec::<String>::new());
        assert_eq!(name(Path::new("kernel/net/nf-tables.ko.xz")).as_deref(), Some("nf_tables"));
        assert_eq!(name(Path::new("kernel/net/modules.order")), None);
    }
}
