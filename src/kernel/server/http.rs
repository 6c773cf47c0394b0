//! HTTP/1.0 (RFC 1945): one request a connection, and one line for an answer, which says who has asked.

use std::io::{Read, Result, Write};
use std::net::TcpListener;
use std::time::Duration;

/// A client that says nothing must not keep the others waiting.
const PATIENCE: Duration = Duration::from_secs(2);
/// No request of a lesson is longer, in bytes.
const LONGEST: usize = 4096;

/// Takes one connection and answers its request.
pub fn answer(listener: &TcpListener) -> Result<()> {
    let (mut client, from) = listener.accept()?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let mut request = Vec::with_capacity(512);
    let mut piece = [0; 512];
    let host = loop {
        let length = client.read(&mut piece)?;
        request.extend(&piece[..length]);
        match host(&request) {
            Some(host) => break host,
            None if length == 0 || request.len() > LONGEST => return refuse(&mut client),
            None => {}
        }
    };
    let text = format!("{host} to {}: hello\n", from.ip());
    let head = format!("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n", text.len());
    client.write_all((head + &text).as_bytes())
}

fn refuse(client: &mut impl Write) -> Result<()> {
    client.write_all(b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
}

/// The host that a whole request names; none while there is more to come.
fn host(request: &[u8]) -> Option<String> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Request::new(&mut headers);
    let whole = parsed.parse(request).ok()?.is_complete();
    let named = parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case("host"));
    let host = named.map_or("nobody".to_owned(), |header| String::from_utf8_lossy(header.value).into_owned());
    whole.then_some(host)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_request_is_answered_when_it_is_whole() {
        assert_eq!(super::host(b"GET / HTTP/1.0\r\nHost: a.lab\r\n"), None);
        assert_eq!(super::host(b"GET / HTTP/1.0\r\nHost: a.lab\r\n\r\n").as_deref(), Some("a.lab"));
    }
}
