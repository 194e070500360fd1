//! A client that keeps one connection, as a browser does.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Why there is no answer.
#[derive(Debug)]
pub enum Error {
    /// The connection broke: whether the call was done is not known.
    Lost,
    Refused(u16, String),
}

/// A signed-in client.
#[derive(Debug)]
pub struct Client {
    port: u16,
    stream: Option<TcpStream>,
    cookie: String,
    csrf: String,
}

/// Waits until the server answers.
pub async fn wait(port: u16) {
    loop {
        if Client::new(port).call("GET", "/api/health", "").await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Client {
    pub fn new(port: u16) -> Client {
        Client { port, stream: None, cookie: String::new(), csrf: String::new() }
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Result<(), Error> {
        let body = json!({ "name": name, "password": password }).to_string();
        let answer: Value =
            serde_json::from_slice(&self.call("POST", "/api/sign-in", &body).await?).unwrap_or_default();
        answer["csrf"].as_str().unwrap_or_default().clone_into(&mut self.csrf);
        Ok(())
    }

    pub async fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>, Error> {
        let answer = self.exchange(method, path, body).await;
        let (status, answer) = answer.ok_or(Error::Lost).inspect_err(|_| self.stream = None)?;
        // A busy server is asked again, like one that is gone.
        match status {
            200..=299 => Ok(answer),
            429 | 503 => Err(Error::Lost),
            _ => Err(Error::Refused(status, String::from_utf8_lossy(&answer).chars().take(300).collect())),
        }
    }

    async fn exchange(&mut self, method: &str, path: &str, body: &str) -> Option<(u16, Vec<u8>)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             cookie: wupu={}\r\nx-csrf: {}\r\n\r\n{body}",
            body.len(),
            self.cookie,
            self.csrf
        );
        let stream = self.stream.as_mut()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let status = text.split(' ').nth(1)?.parse().ok()?;
        let header = |name: &str| {
            text.lines()
                .find_map(|line| line.split_once(": ").filter(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v))
        };
        let length: usize = header("content-length")?.parse().ok()?;
        while bytes.len() < head + 4 + length {
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        if let Some(value) = header("set-cookie").and_then(|c| c.split(';').next()).and_then(|c| c.split_once('=')) {
            value.1.clone_into(&mut self.cookie);
        }
        Some((status, bytes[head + 4..].to_vec()))
    }
}
