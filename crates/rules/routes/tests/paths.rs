//! A path has one reading or none.

use proptest::prelude::*;
use routes::{Ambiguous, CanonicalPath, Reason};
use rstest::rstest;

#[rstest]
#[case("/", "/")]
#[case("/a/b", "/a/b")]
#[case("/a/", "/a/")]
#[case("/Admin", "/Admin")]
#[case("/a?b=/../c;%2f//", "/a")]
#[case("/?", "/")]
#[case("/a%20b", "/a%20b")]
#[case("/%c3%a4", "/%C3%A4")]
#[case("/ä", "/%C3%A4")]
#[case("/u/%40me", "/u/@me")]
#[case("/a%3Db", "/a=b")]
#[case("/jobs/1:run", "/jobs/1:run")]
#[case("/a|b", "/a%7Cb")]
#[case("/a%7cb", "/a%7Cb")]
#[case("/100%25", "/100%25")]
#[case("/wiki/C%23", "/wiki/C%23")]
#[case("/what%3f", "/what%3F")]
#[case("/...", "/...")]
#[case("/.well-known/x", "/.well-known/x")]
#[case("/a..b", "/a..b")]
fn target_with_one_reading_has_a_canonical_path(#[case] target: &str, #[case] canonical: &str) {
    assert_eq!(CanonicalPath::parse(target.as_bytes()).unwrap().as_str(), canonical);
}

#[rstest]
#[case(b"", 0, Reason::NotOriginForm)]
#[case(b"*", 0, Reason::NotOriginForm)]
#[case(b"a/b", 0, Reason::NotOriginForm)]
#[case(b"http://example.com/a", 0, Reason::NotOriginForm)]
#[case(b"?x=/a", 0, Reason::NotOriginForm)]
#[case(b"\\a", 0, Reason::NotOriginForm)]
#[case(b"/a#/b", 2, Reason::Fragment)]
#[case(b"/a?b#c", 4, Reason::Fragment)]
#[case(b"//", 1, Reason::EmptySegment)]
#[case(b"//evil.example/a", 1, Reason::EmptySegment)]
#[case(b"/a//b", 3, Reason::EmptySegment)]
#[case(b"/a//", 3, Reason::EmptySegment)]
#[case(b"/.", 1, Reason::DotSegment)]
#[case(b"/a/../b", 3, Reason::DotSegment)]
#[case(b"/a/./b", 3, Reason::DotSegment)]
#[case(b"/a/%2e%2E/b", 3, Reason::DotSegment)]
#[case(b"/a/.%2e", 3, Reason::DotSegment)]
#[case(b"/a/%2e", 3, Reason::DotSegment)]
#[case(b"/a%2fb", 2, Reason::EncodedSlash)]
#[case(b"/..%2Fb", 3, Reason::EncodedSlash)]
#[case(b"/a\\b", 2, Reason::Backslash)]
#[case(b"/a%5cb", 2, Reason::EncodedBackslash)]
#[case(b"/a/..;/b", 5, Reason::PathParameter)]
#[case(b"/admin;x=1", 6, Reason::PathParameter)]
#[case(b"/admin%3bx", 6, Reason::PathParameter)]
#[case(b"/%61dmin", 1, Reason::EncodedUnreserved)]
#[case(b"/a%2Eb", 2, Reason::EncodedUnreserved)]
#[case(b"/%7euser", 1, Reason::EncodedUnreserved)]
#[case(b"/%252e%252e/", 1, Reason::DoubleEscape)]
#[case(b"/a%252Fb", 2, Reason::DoubleEscape)]
#[case(b"/a%", 2, Reason::BrokenEscape)]
#[case(b"/a%2", 2, Reason::BrokenEscape)]
#[case(b"/a%u002f", 2, Reason::BrokenEscape)]
#[case(b"/a%2/f", 2, Reason::BrokenEscape)]
#[case(b"/a%00.html", 2, Reason::Control)]
#[case(b"/a\0", 2, Reason::Control)]
#[case(b"/a%0d%0aX: y", 2, Reason::Control)]
#[case(b"/a\tb", 2, Reason::Control)]
#[case(b"/a%7f", 2, Reason::Control)]
#[case(b"/a b", 2, Reason::Space)]
#[case(b"/%c0%af", 1, Reason::NotUtf8)]
#[case(b"/x%c0%ae%c0%ae", 2, Reason::NotUtf8)]
#[case(b"/%ff", 1, Reason::NotUtf8)]
#[case(b"/a\xff", 2, Reason::NotUtf8)]
fn target_with_several_readings_says_why_and_where(
    #[case] target: &[u8],
    #[case] at: usize,
    #[case] reason: Reason,
) {
    assert_eq!(CanonicalPath::parse(target), Err(Ambiguous { at, reason }));
}

#[test]
fn refusal_reads_as_a_sentence() {
    let error = CanonicalPath::parse(b"/a%2fb").unwrap_err();
    assert_eq!(error.to_string(), "the path has more than one reading: an encoded slash at byte 2");
}

#[test]
fn segments_are_what_stands_between_slashes() {
    let segments = |target: &[u8]| -> Vec<String> {
        CanonicalPath::parse(target).unwrap().segments().map(str::to_owned).collect()
    };
    assert_eq!(segments(b"/"), [""]);
    assert_eq!(segments(b"/a/b%20c"), ["a", "b%20c"]);
    assert_eq!(segments(b"/a/"), ["a", ""]);
}

type Segments = Vec<Vec<u8>>;
type Reader = fn(&[u8]) -> Segments;

/// Ways in which servers read a path: each takes the target without its query and gives decoded segments.
const READERS: [(&str, Reader); 8] = [
    ("splits, then decodes", |path| split(path).iter().map(|segment| decoded(segment)).collect()),
    ("decodes, then splits", |path| split(&decoded(path))),
    ("decodes twice", |path| split(&decoded(&decoded(path)))),
    ("decodes, joins slashes, resolves dots", |path| resolved(split(&decoded(path)))),
    ("takes backslashes for slashes", |path| split(&replaced(&decoded(path), b'\\', b'/'))),
    ("drops path parameters, then decodes and resolves dots", |path| {
        let without =
            |segment: &Vec<u8>| segment.split(|byte| *byte == b';').next().unwrap_or_default().to_vec();
        resolved(split(path).iter().map(|segment| decoded(&without(segment))).collect())
    }),
    ("ends at a zero byte", |path| split(decoded(path).split(|byte| *byte == 0).next().unwrap_or_default())),
    ("accepts overlong forms", |path| {
        let text = decoded(path).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        let folded = text.replace("c0 af", "2f").replace("c0 ae", "2e");
        split(&folded.split(' ').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect::<Vec<_>>())
    }),
];

fn split(path: &[u8]) -> Segments {
    path.split(|byte| *byte == b'/').skip(1).map(<[u8]>::to_vec).collect()
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        let digits =
            tail.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let escape = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &tail[2..];
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

fn replaced(bytes: &[u8], from: u8, to: u8) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == from { to } else { *byte }).collect()
}

fn resolved(segments: Segments) -> Segments {
    let last = segments.len().saturating_sub(1);
    let mut out = Segments::new();
    for (index, segment) in segments.into_iter().enumerate() {
        match segment.as_slice() {
            b".." => drop(out.pop()),
            b"." => {}
            b"" if index != last => {}
            _ => out.push(segment),
        }
    }
    out
}

/// What attackers put into paths, and what honest clients do.
const TOKENS: [&[u8]; 48] = [
    b"/",
    b"//",
    b"a",
    b"admin",
    b"public",
    b".",
    b"..",
    b"%2e",
    b"%2E%2e",
    b"%2f",
    b"%2F",
    b"%5c",
    b"%5C",
    b"\\",
    b";",
    b"..;",
    b";x=1",
    b"%3b",
    b"%3B",
    b"%25",
    b"%252e",
    b"%252f",
    b"25",
    b"2f",
    b"%00",
    b"\0",
    b"%",
    b"%zz",
    b"%u002f",
    b"%c0%af",
    b"%c0%ae",
    b"%c3%a4",
    b"%C3%A4",
    b"\xc3\xa4",
    b"\xff",
    b"%20",
    b"+",
    b"@",
    b"%40",
    b"~",
    b"%7e",
    b"%61",
    b"|",
    b"%7C",
    b"?",
    b"?x=/public",
    b" ",
    b"%0a",
];

fn assert_one_reading(target: &[u8]) -> bool {
    routes::fuzz::path(target);
    let Ok(canonical) = CanonicalPath::parse(target) else { return false };
    let expected: Segments = canonical.segments().map(|segment| decoded(segment.as_bytes())).collect();
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    for (reader, read) in READERS {
        let found = read(path);
        let shown = String::from_utf8_lossy(target);
        assert_eq!(found, expected, "a server that {reader} reads {shown} otherwise than {canonical}");
    }
    true
}

#[test]
fn every_server_reads_an_accepted_target_alike() {
    let mut accepted = 0;
    for first in TOKENS {
        for second in TOKENS {
            for third in TOKENS {
                accepted += usize::from(assert_one_reading(&[b"/", first, second, third].concat()));
            }
        }
    }
    assert!((500..TOKENS.len().pow(3) / 2).contains(&accepted), "{accepted} targets were accepted");
}

proptest! {
    #[test]
    fn long_targets_are_read_alike_too(tokens in prop::collection::vec(prop::sample::select(&TOKENS[..]), 0..20)) {
        assert_one_reading(&[b"/".as_slice(), &tokens.concat()].concat());
    }

    #[test]
    fn query_decides_nothing(path in "/[a-z/.%0-9;]{0,20}", query in "[^#]{0,40}") {
        let with_query = CanonicalPath::parse(format!("{path}?{query}").as_bytes());
        prop_assert_eq!(with_query, CanonicalPath::parse(path.as_bytes()));
    }

    #[test]
    fn any_bytes_give_a_path_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        routes::fuzz::body(&bytes);
    }

    #[test]
    fn any_text_gives_a_path_or_an_error(text in r"[-/.%a-fA-F0-9;?#\\:\[\]]{0,40}") {
        routes::fuzz::body(text.as_bytes());
        routes::fuzz::body(format!("/{text}").as_bytes());
    }
}
