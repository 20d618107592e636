//! Services that can be called under a host name of their own.
//!
//! Grace creates the service `hello` with the image `http://127.0.0.1:3000`: an address where her program already
//! listens. From the moment at which the operation is done, the gate finds her service under
//! `hello-NUMBER.us-central1.run.app`, knows which audiences a token for it may carry, and where to forward to.
//!
//! ```
//! use run::{Backend, BuiltIn, Image};
//!
//! let address = Image::parse("http://127.0.0.1:3000")?;
//! assert!(matches!(address.backend(), Backend::Address(target) if target.port == 3000));
//! assert!(matches!(Image::parse("gcr.io/cloudrun/hello")?.backend(), Backend::BuiltIn(BuiltIn::Hello)));
//! let refused = Image::parse("docker.io/library/nginx").unwrap_err();
//! assert!(refused.to_string().contains("http://127.0.0.1:3000"), "it says what can be given instead");
//! # Ok::<(), run::ImageError>(())
//! ```
//!
//! Whenever she changes what runs, a [`RevisionRecord`] is left behind. She can send a tenth of the requests to the
//! new one, try it out under a tag's own host name, and go back to the one before.
//!
//! Use cases: [`Run::create`], [`Run::get`], [`Run::list`], [`Run::update`], [`Run::runtime_account_of_update`],
//! [`Run::delete`]; [`Run::get_revision`], [`Run::list_revisions`], [`Run::delete_revision`];
//! [`Run::create_domain_mapping`], [`Run::get_domain_mapping`], [`Run::list_domain_mappings`],
//! [`Run::delete_domain_mapping`]; [`Run::create_function`], [`Run::get_function`], [`Run::list_functions`],
//! [`Run::update_function`], [`Run::delete_function`]; [`Run::region_of`] and [`Run::revision_named`] for short names;
//! and [`RouteTable::find`] for the gate.
//!
//! Invariants: a service runs as an account only if whoever wrote it may act as that account; a setting that this
//! version does not honour is refused by name, never dropped; a change and its operation are stored together; the
//! route table is current before the change that made it is acknowledged.

mod config;
mod create_domain_mapping;
mod create_service;
mod delete_domain_mapping;
mod delete_revision;
mod delete_service;
mod domains;
mod error;
mod functions;
#[doc(hidden)]
pub mod fuzz;
mod get_domain_mapping;
mod get_revision;
mod get_service;
mod image;
mod images;
mod invoked;
mod list_domain_mappings;
mod list_revisions;
mod list_services;
mod locate;
mod make_revision;
mod mask;
mod operation;
mod protocol;
mod route_table;
mod routed_service;
mod runtime_account;
mod settings;
mod spec;
mod spec_error;
mod template;
mod traffic;
mod update_service;
mod validate;
mod view;

use std::sync::Arc;

use names::Universe;
use store::{ReadError, Store};

pub use config::{Config, GcloudAudience};
pub use create_domain_mapping::NewDomainMapping;
pub use create_service::NewService;
pub use delete_revision::RevisionDeletion;
pub use delete_service::Deletion;
pub use error::{
    CreateDomainMappingError, CreateError, DeleteDomainMappingError, DeleteError, DeleteRevisionError,
    GetDomainMappingError, GetError, GetRevisionError, ListError, UpdateError,
};
pub use functions::{
    CreateFunctionError, DeleteFunctionError, FunctionMask, FunctionPatch, FunctionSpec, FunctionSpecError,
    FunctionState, FunctionView, Functions, Generation, GetFunctionError, IMAGE_VARIABLE, NewFunction,
    OwnedService, UpdateFunctionError, WriteFunctionError,
};
pub use get_service::ShowsService;
pub use image::{Backend, BuiltIn, Image, ImageError};
pub use images::{Images, ImagesError};
pub use invoked::Invoked;
pub use list_revisions::Revisions;
pub use list_services::{ListsServices, Services, Where};
pub use mask::UpdateMask;
pub use operation::Mode;
pub use protocol::Protocol;
pub use route_table::{RouteTable, Unroutable};
pub use routed_service::{Entered, RoutedService, ServedRevision, Transport};
pub use spec::{KeptAnnotations, ServiceSpec};
pub use spec_error::SpecError;
pub use store::{
    Container, ContainerPort, DomainMappingRecord, EnvironmentVariable, FunctionGeneration, FunctionRecord,
    Ingress, Listing, Operation, Page, Resources, RevisionRecord, RevisionScaling, RevisionTemplate,
    ServiceRecord, ServiceScaling, Stored, TrafficTarget,
};
pub use traffic::TrafficError;
pub use update_service::ServicePatch;
pub use view::{DomainMappingView, OperationView, RevisionView, ServiceView, TrafficView};

/// A cheap-clone handle onto the services.
#[derive(Clone)]
pub struct Run {
    store: Store,
    images: Arc<Images>,
    routes: RouteTable,
    universe: Arc<Universe>,
}

impl Run {
    /// Reads every service and follows their changes from then on.
    pub async fn start(store: &Store, universe: Universe, config: Config) -> Result<Self, ReadError> {
        let universe = Arc::new(universe);
        let images = Arc::new(config.images.clone());
        let routes = RouteTable::start(store, universe.clone(), config).await?;
        Ok(Self { store: store.clone(), images, routes, universe })
    }

    /// Where the gate finds services by host name.
    pub fn routes(&self) -> RouteTable {
        self.routes.clone()
    }
}
