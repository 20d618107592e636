//! Fuzz body: any bytes are a log's name or a typed error, and a name prints back to what is read as itself.

use names::ProjectRef;

use crate::{LogId, LogName, parse_log_name};

/// Names of logs, and their IDs as they stand in one.
pub fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = LogId::parse_encoded(text) {
        assert_eq!(LogId::parse_encoded(&id.encoded()), Ok(id));
    }
    if let Ok((project, id)) = parse_log_name(text) {
        assert!(!id.as_str().is_empty() && id.as_str().len() <= 511);
        if let ProjectRef::Id(of) = project.clone() {
            assert_eq!(
                parse_log_name(&LogName { project: of, id: id.clone() }.to_string()),
                Ok((project, id))
            );
        }
    }
}
