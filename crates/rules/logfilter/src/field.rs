//! The fields of a log entry (google.logging.v2.LogEntry), and what each is compared as.

/// A field by its path in the JSON form of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Field {
    pub path: Vec<String>,
    pub kind: Kind,
}

/// What a field is compared as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Bool,
    Duration,
    /// The name of a log: its ID is percent-encoded.
    LogName,
    Number,
    /// Whatever the entry has there.
    Open,
    Severity,
    Text,
    Time,
}

impl Field {
    /// The field with these parts, which are matched without regard to case and underscores where they are not keys;
    /// `None` when entries have no such field.
    pub fn of(parts: &[String]) -> Option<Self> {
        let (first, rest) = parts.split_first()?;
        let (name, shape) = canonical(first, ENTRY)?;
        let mut path = vec![name.to_owned()];
        let kind = match (shape, rest) {
            (Shape::Is(kind), []) => *kind,
            (Shape::Is(_), _) => return None,
            (Shape::Has(_) | Shape::Map, []) => Kind::Open,
            (Shape::Map, keys) => {
                path.extend_from_slice(keys);
                Kind::Open
            }
            (Shape::Has(members), [member, deeper @ ..]) => {
                let (name, shape) = canonical(member, members)?;
                path.push(name.to_owned());
                path.extend_from_slice(deeper);
                match (shape, deeper) {
                    (Shape::Is(kind), []) => *kind,
                    (Shape::Map, _) => Kind::Open,
                    _ => return None,
                }
            }
        };
        Some(Self { path, kind })
    }

    /// As an error names it.
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

/// What stands under a name.
#[derive(Debug)]
enum Shape {
    Has(&'static [(&'static str, Shape)]),
    Is(Kind),
    Map,
}

fn canonical(
    written: &str,
    members: &'static [(&'static str, Shape)],
) -> Option<(&'static str, &'static Shape)> {
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let wanted = plain(written);
    members.iter().find(|(name, _)| plain(name) == wanted).map(|(name, shape)| (*name, shape))
}

const ENTRY: &[(&str, Shape)] = &[
    ("httpRequest", Shape::Has(HTTP_REQUEST)),
    ("insertId", Shape::Is(Kind::Text)),
    ("jsonPayload", Shape::Map),
    ("labels", Shape::Map),
    ("logName", Shape::Is(Kind::LogName)),
    ("operation", Shape::Has(OPERATION)),
    ("protoPayload", Shape::Map),
    ("receiveTimestamp", Shape::Is(Kind::Time)),
    ("resource", Shape::Has(RESOURCE)),
    ("severity", Shape::Is(Kind::Severity)),
    ("sourceLocation", Shape::Has(SOURCE_LOCATION)),
    ("spanId", Shape::Is(Kind::Text)),
    ("textPayload", Shape::Is(Kind::Text)),
    ("timestamp", Shape::Is(Kind::Time)),
    ("trace", Shape::Is(Kind::Text)),
    ("traceSampled", Shape::Is(Kind::Bool)),
];

const HTTP_REQUEST: &[(&str, Shape)] = &[
    ("cacheFillBytes", Shape::Is(Kind::Number)),
    ("cacheHit", Shape::Is(Kind::Bool)),
    ("cacheLookup", Shape::Is(Kind::Bool)),
    ("cacheValidatedWithOriginServer", Shape::Is(Kind::Bool)),
    ("latency", Shape::Is(Kind::Duration)),
    ("protocol", Shape::Is(Kind::Text)),
    ("referer", Shape::Is(Kind::Text)),
    ("remoteIp", Shape::Is(Kind::Text)),
    ("requestMethod", Shape::Is(Kind::Text)),
    ("requestSize", Shape::Is(Kind::Number)),
    ("requestUrl", Shape::Is(Kind::Text)),
    ("responseSize", Shape::Is(Kind::Number)),
    ("serverIp", Shape::Is(Kind::Text)),
    ("status", Shape::Is(Kind::Number)),
    ("userAgent", Shape::Is(Kind::Text)),
];

const OPERATION: &[(&str, Shape)] = &[
    ("first", Shape::Is(Kind::Bool)),
    ("id", Shape::Is(Kind::Text)),
    ("last", Shape::Is(Kind::Bool)),
    ("producer", Shape::Is(Kind::Text)),
];

const RESOURCE: &[(&str, Shape)] = &[("labels", Shape::Map), ("type", Shape::Is(Kind::Text))];

const SOURCE_LOCATION: &[(&str, Shape)] = &[
    ("file", Shape::Is(Kind::Text)),
    ("function", Shape::Is(Kind::Text)),
    ("line", Shape::Is(Kind::Number)),
];
