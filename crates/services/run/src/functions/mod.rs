//! Functions: what is called by name at the host of its project and region.
//!
//! A function here is what a service is: an address where a program already listens, under an identity and a policy. One
//! of the second generation owns a Cloud Run service, which comes and goes with it; one of the first stands for itself.

mod create_function;
mod delete_function;
mod error;
mod get_function;
mod list_functions;
mod mask;
mod owned_service;
mod spec;
mod update_function;
mod view;
mod write;

pub use create_function::{Generation, NewFunction};
pub use error::{
    CreateFunctionError, DeleteFunctionError, FunctionSpecError, GetFunctionError, UpdateFunctionError,
    WriteFunctionError,
};
pub use list_functions::Functions;
pub use mask::FunctionMask;
pub use spec::{FunctionSpec, IMAGE_VARIABLE};
pub use update_function::FunctionPatch;
pub(crate) use view::url_of;
pub use view::{FunctionState, FunctionView, OwnedService};
