//! Answers of HTTP/1, as text.

use tokio::io::{AsyncRead, AsyncReadExt};

/// What came back, taken apart.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Everything, as it came: more than one answer, perhaps.
    pub fn whole(&self) -> String {
        format!("{}\r\n\r\n{}", self.head, self.body)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub fn reason(&self) -> &str {
        self.header("x-doorward-reason").unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub async fn read_to_end(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    // A reset after the answer is no failure of the answer.
    let _ended = stream.read_to_end(&mut bytes).await;
    Answer::of(&String::from_utf8_lossy(&bytes))
}
