//! placeholder until merge
pub fn names() -> &'static [&'static str] {
    &["sh", "ls", "cat"]
}
pub fn enter(_prompt: &str, _command: Option<&[String]>) -> i32 {
    0
}
pub fn tool(_: &[std::ffi::OsString]) -> Option<i32> {
    None
}
