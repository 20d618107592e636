//! Requests are divided as the shares say, and let in as the ingress says.

use proptest::prelude::*;
use routes::{Ingress, Origin, Split};
use rstest::rstest;

/// SplitMix64: the same seed, the same sequence.
fn chance(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

proptest! {
    #[test]
    fn each_choice_gets_its_share(shares in prop::collection::vec(0_u32..=100, 1..6), seed: u64) {
        const ROLLS: u32 = 20_000;
        let sum: u32 = shares.iter().sum();
        let Some(split) = Split::new(shares.iter().copied().zip(0..)) else {
            prop_assert_eq!(sum, 0);
            return Ok(());
        };
        let mut next = chance(seed);
        let mut counts = vec![0_u32; shares.len()];
        for _ in 0..ROLLS {
            counts[*split.choose(&mut next)] += 1;
        }
        for (share, count) in shares.iter().zip(&counts) {
            let expected = f64::from(ROLLS) * f64::from(*share) / f64::from(sum);
            // Six standard deviations: chance alone does not fail this.
            let slack = 6.0 * expected.sqrt() + 1.0;
            prop_assert!((f64::from(*count) - expected).abs() <= slack, "{count} instead of {expected}");
            prop_assert!(*share > 0 || *count == 0, "what has no share gets nothing");
        }
    }

    #[test]
    fn one_choice_asks_no_chance(share in 1_u32..) {
        let split = Split::new([(share, 'a'), (0, 'b')]).unwrap();
        prop_assert_eq!(*split.choose(|| unreachable!("there is nothing to choose")), 'a');
    }
}

#[rstest]
#[case(Ingress::All, true, true)]
#[case(Ingress::Internal, true, false)]
#[case(Ingress::InternalAndLoadBalancer, true, false)]
#[case(Ingress::Nowhere, false, false)]
fn ingress_lets_in_who_it_names(#[case] ingress: Ingress, #[case] inside: bool, #[case] outside: bool) {
    assert_eq!((ingress.admits(Origin::Inside), ingress.admits(Origin::Outside)), (inside, outside));
}
