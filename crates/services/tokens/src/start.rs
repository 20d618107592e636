//! Reading the keys, and making the first ones.

use std::sync::Arc;

use access::Access;
use arc_swap::ArcSwap;
use context::Context;
use keys::{KeyRings, MasterKey, RingError};
use people::People;
use store::{ReadError, Store};
use supervise::Tasks;
use tokio::sync::Semaphore;

use crate::callers::Callers;
use crate::carry_id_token::Carried;
use crate::picture::{Keeper, Picture, RingFault, RingSource};
use crate::throttle::Throttle;
use crate::{Config, RotateError, Tokens, Within};

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The rings could not be set up.
    #[error("the key rings could not be set up")]
    Rings(#[source] RingError),
    /// The first keys could not be made or stored.
    #[error("the first keys could not be made")]
    Rotation(#[from] RotateError),
    /// The store could not be read.
    #[error("the keys could not be read")]
    StoreFailed(#[source] ReadError),
    /// A stored key cannot be used: most often the master key is another one than that which sealed it.
    #[error("the stored keys cannot be used; is this the master key that sealed them?")]
    Unusable(#[source] Arc<RingFault>),
}

impl Tokens {
    /// Reads every key, follows the store from then on, and makes the first keys where there are none: the first
    /// start takes some hundred milliseconds of computing.
    ///
    /// What computes for long runs as one of `tasks`. The clock and the randomness of `context` serve the keys that are published and those that are made later.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(
        config: Config,
        store: &Store,
        access: Access,
        people: People,
        master_key: MasterKey,
        tasks: &Tasks,
        context: &Context,
    ) -> Result<Self, StartError> {
        let rings = KeyRings::open([], master_key, config.rotation).map_err(StartError::Rings)?;
        let rings = (rings, RingSource::Stored);
        let tokens = Self::over(config, store, access, people, rings, tasks, context).await?;
        if let Some(fault) = &tokens.within.picture.load().fault {
            return Err(StartError::Unusable(Arc::clone(fault)));
        }
        tokens.rotate(context).await?;
        Ok(tokens)
    }

    /// As [`Tokens::start`], with keys that everybody knows, and that never turn: for tests, where making keys is
    /// slow. Nothing that they protect is protected.
    ///
    /// # Errors
    /// [`StartError::StoreFailed`].
    pub async fn dangerous_start_with_fixed_keys(
        config: Config,
        store: &Store,
        access: Access,
        people: People,
        fixed: KeyRings,
        tasks: &Tasks,
        context: &Context,
    ) -> Result<Self, StartError> {
        Self::over(config, store, access, people, (fixed, RingSource::Fixed), tasks, context).await
    }

    async fn over(
        config: Config,
        store: &Store,
        access: Access,
        people: People,
        (rings, source): (KeyRings, RingSource),
        tasks: &Tasks,
        context: &Context,
    ) -> Result<Self, StartError> {
        let picture = Arc::new(ArcSwap::from_pointee(Picture::of(rings, context.now())));
        let keeper = Keeper { picture: picture.clone(), clock: context.clock().clone(), rings: source };
        store.follow(Arc::new(keeper)).await.map_err(StartError::StoreFailed)?;
        let mut token_endpoints = config.universe.token_audiences();
        token_endpoints.extend(config.own_token_endpoints.iter().cloned());
        let mut seed = [0; 32];
        context.randomness().fill(&mut seed);
        let callers =
            Callers::new(config.exchanges_per_caller_per_second, config.exchange_burst_per_caller, seed);
        let throttle = Throttle::new(config.exchanges_per_second, config.exchange_burst);
        Ok(Self {
            within: Arc::new(Within {
                config,
                token_endpoints,
                store: store.clone(),
                access,
                people,
                picture,
                callers,
                carried: Carried::default(),
                tasks: tasks.clone(),
                throttle,
                key_makers: Semaphore::new(KEY_MAKERS),
                clock: context.clock().clone(),
                randomness: context.randomness().clone(),
            }),
        })
    }
}

/// Keys of accounts made at once: one after the other, so that two that ask for the first key of an account share it.
const KEY_MAKERS: usize = 1;
