//! gRPC server reflection, in both versions that clients ask for: which services and messages there are.
//!
//! It tells what is published anyway, and wants a credential all the same: nothing but the public endpoints is answered
//! to nobody in particular, and clients such as grpcurl send one with every call.

use tonic::service::Routes;
use tonic_reflection::server::Builder;

/// Adds the two services.
pub(crate) fn add_to(routes: Routes) -> Routes {
    let v1 = builder().build_v1().expect(LINKED);
    let v1alpha = builder().build_v1alpha().expect(LINKED);
    routes.add_service(v1).add_service(v1alpha)
}

fn builder() -> Builder<'static> {
    Builder::configure()
        .register_encoded_file_descriptor_set(wire::descriptors())
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

const LINKED: &str = "the descriptor sets were linked when they were made";
