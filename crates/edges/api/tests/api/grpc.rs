//! gRPC calls, as an SDK makes them.

use axum::body::Body;
use http::Request;
use prost::Message;
use tonic::Code;

use crate::house::{Answer, House};

impl House {
    /// Calls `/package.Service/Method` as Grace.
    pub async fn grpc(&self, path: &str, message: &impl Message) -> Answer {
        let bytes = message.encode_to_vec();
        let mut frame = vec![0];
        frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
        frame.extend_from_slice(&bytes);
        let request = Request::post(path)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("authorization", format!("Bearer {}", self.owner));
        self.send(request.body(Body::from(frame)).unwrap()).await
    }
}

impl Answer {
    /// The message of a gRPC answer that succeeded.
    pub fn message_of<M: Message + Default>(&self) -> M {
        assert_eq!(self.grpc_code(), Code::Ok, "{}", self.header("grpc-message"));
        M::decode(&self.body[5..]).unwrap()
    }

    pub fn grpc_code(&self) -> Code {
        Code::from_bytes(self.header("grpc-status").as_bytes())
    }
}
