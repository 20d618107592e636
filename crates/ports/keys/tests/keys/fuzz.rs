//! Drives the fuzz body on a small corpus and on bounded random changes of it.

use proptest::prelude::*;

use crate::support::MASTER;

fn corpus() -> Vec<Vec<u8>> {
    // The plain form of a body, field by field.
    let mut body = vec![2, 1, 7];
    body.extend_from_slice(b"ada@a.b");
    body.extend_from_slice(&[1, b'7']);
    body.extend_from_slice(&3_u64.to_be_bytes());
    body.extend_from_slice(&1_790_000_000_i64.to_be_bytes());
    body.extend_from_slice(&1_790_003_600_i64.to_be_bytes());
    body.extend_from_slice(&[9; 16]);
    body.push(20);
    body.extend_from_slice(&[0xab; 20]);
    body.push(2);
    body.push(3);
    body.extend_from_slice(b"cli");
    body.extend_from_slice(&[5; 32]);
    body.extend_from_slice(b"openid \x01cloud-platform");
    let token = format!("ya29.{}", "A".repeat(100));
    vec![Vec::new(), body, token.into_bytes(), MASTER.into(), vec![b'A'; 2000]]
}

#[test]
fn corpus_is_read_without_panic() {
    corpus().iter().for_each(|data| keys::fuzz::body(data));
}

proptest! {
    #[test]
    fn random_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..512)) {
        keys::fuzz::body(&data);
    }

    #[test]
    fn changed_corpus_is_read_without_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        keep in any::<prop::sample::Index>(),
    ) {
        let mut data = which.get(&corpus()).clone();
        if !data.is_empty() {
            for (at, byte) in changes {
                let at = at.index(data.len());
                data[at] = byte;
            }
            keys::fuzz::body(&data);
            data.truncate(keep.index(data.len()));
            keys::fuzz::body(&data);
        }
    }
}
