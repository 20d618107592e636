//! Names the method where tonic only says that there is none.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use context::RequestId;
use problem::{Problem, Reason};

use crate::method::Method;
use crate::{instead, refusal};

/// Around the gRPC router: an `UNIMPLEMENTED` without a reason, from a service that is not there or from a generated
/// method that nobody wrote, is told in full.
pub(crate) async fn name(request: Request, next: Next) -> Response {
    let method = Method::of(&request);
    let path = request.uri().path().trim_start_matches('/').replace('/', ".");
    let request_id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let headers = response.headers();
    let unserved = headers.get("grpc-status").is_some_and(|status| status == "12");
    let (true, false, Some(request_id)) = (unserved, headers.contains_key(Reason::HEADER), request_id) else {
        return response;
    };
    let message = format!("Method {path} is not implemented here yet.");
    let problem = Problem::new(Reason::METHOD_UNIMPLEMENTED, message).with("method", path.as_str());
    let problem = instead::told(problem, &path);
    let domain = method.map_or_else(|| "googleapis.com".to_owned(), |method| method.host());
    refusal::status(&problem, &domain, &request_id).into_http()
}
