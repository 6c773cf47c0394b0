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

    #[test]
    fn it_is_read_however_it_is_packed() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(MODULE).expect("packed");
        // By xz(1) and zstd(1).
        let files = [("plain.ko", MODULE.to_vec()), ("packed.ko.gz", gz.finish().expect("packed"))];
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
