//! How requests are divided.

/// Choices, each with the share of requests that goes to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Split<T> {
    /// Each choice, with the sum of its share and those before it.
    choices: Vec<(u64, T)>,
}

impl<T> Split<T> {
    /// A split by these shares, relative to their sum. `None` when nothing has a share.
    pub fn new(shares: impl IntoIterator<Item = (u32, T)>) -> Option<Self> {
        let mut sum = 0;
        let choices: Vec<_> = shares
            .into_iter()
            .filter(|(share, _)| *share > 0)
            .map(|(share, choice)| {
                sum += u64::from(share);
                (sum, choice)
            })
            .collect();
        (!choices.is_empty()).then_some(Self { choices })
    }

    /// The choice of a request. `chance` gives an even number each time; it is not asked where there is one choice.
    pub fn choose(&self, chance: impl FnOnce() -> u64) -> &T {
        let (sum, last) = self.choices.last().expect("a split has a choice");
        if self.choices.len() == 1 {
            return last;
        }
        let roll = chance() % sum;
        let at = self.choices.partition_point(|(until, _)| *until <= roll);
        self.choices.get(at).map_or(last, |(_, choice)| choice)
    }
}
