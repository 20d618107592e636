//! One call of one method: takes the caller's circumstances out of the request, and turns the problem into a status.

use context::Context;
use problem::{Problem, Reason};
use tonic::{Request, Response, Status};

use crate::refusal;
use crate::surface::Surface;

/// Answers a call. Every method of every API is one line that hands its message to a function of this shape:
///
/// ```ignore
/// async fn get_service_account(&self, request: Request<GetServiceAccountRequest>) -> Result<Response<ServiceAccount>, Status> {
///     reply(&surface::IAM, request, |context, message| self.get(context, message)).await
/// }
/// ```
pub(crate) async fn reply<Q, A, F>(
    surface: &Surface,
    request: Request<Q>,
    method: impl FnOnce(Context, Q) -> F,
) -> Result<Response<A>, Status>
where
    F: Future<Output = Result<A, Problem>>,
{
    let (_, extensions, message) = request.into_parts();
    let Some(context) = extensions.get::<Context>().cloned() else {
        tracing::error!("a method was reached without a caller");
        return Err(Status::internal("The call has no caller."));
    };
    let request_id = context.request_id().clone();
    method(context, message)
        .await
        .map(Response::new)
        .map_err(|problem| refusal::status(&problem, surface.host, &request_id))
}

/// A method, or a part of one, that the protocol knows and this server does not.
pub(crate) fn unimplemented(what: &str) -> Problem {
    Problem::new(Reason::METHOD_UNIMPLEMENTED, format!("{what} is not implemented here yet."))
}
