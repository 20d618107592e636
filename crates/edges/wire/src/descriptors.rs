use prost_reflect::{DescriptorPool, MessageDescriptor};
use std::sync::LazyLock;

/// The encoded `google.protobuf.FileDescriptorSet` of everything that is generated here, options included; for gRPC
/// reflection.
#[must_use]
pub fn descriptors() -> &'static [u8] {
    ENCODED
}

/// The same set, linked.
#[must_use]
pub fn pool() -> &'static DescriptorPool {
    &POOL
}

/// The descriptor of a generated message.
///
/// # Panics
///
/// Never for a type of [`google`](crate::google) or a well-known type that one of them uses; for any other type always.
#[must_use]
pub fn message<M: prost::Name>() -> MessageDescriptor {
    POOL.get_message_by_name(&M::full_name()).expect("types and descriptors are generated from one set")
}

static ENCODED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(ENCODED).expect("the build script linked this very set"));
