//! A plain HTTP exchange, as small as a bench needs it: of version 1.0, so that no answer comes in chunks.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Body and Location of the answer.
pub fn request(http: SocketAddr, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(http).expect("the server listens");
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: bench\r\nContent-Length: {length}\r\n\r\n{body}")
        .expect("the server reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the server answers");
    let (head, body) = text.split_once("\r\n\r\n").expect("an answer with a head");
    assert!(head.split(' ').nth(1).is_some_and(|code| code.starts_with('2')), "{text}");
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
    (body.to_owned(), location.to_owned())
}
