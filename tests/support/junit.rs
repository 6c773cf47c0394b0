//! JUnit as strict readers take it: held against the schema, by a reader that is not ours.

use super::skip;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/junit/junit-10.xsd");

#[track_caller]
pub fn assert_fits(xml: &str) {
    if !there("xmllint") {
        return skip("JUnit against its schema: xmllint (libxml2-utils) is not here");
    }
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--schema", SCHEMA, "-"]);
    let (fits, said) = piped(command, xml);
    assert!(fits, "{said}\n{xml}");
}

/// What a program says of a text on its standard input.
pub fn piped(mut command: Command, text: &str) -> (bool, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

pub fn there(program: &str) -> bool {
    Path::new("/usr/bin").join(program).exists()
}
