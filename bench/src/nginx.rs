//! nginx as a plain reverse proxy, where it is installed.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};

use crate::clock;
use crate::pins::Pins;
use crate::process::Started;

/// Whether there is one.
pub fn is_installed() -> bool {
    let mut command = Command::new("nginx");
    command.arg("-v").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Starts one process of it, which forwards everything to `upstream` over connections that stay open.
///
/// # Errors
/// When it does not serve.
pub async fn start(folder: &Path, upstream: SocketAddr, pins: &Pins) -> Result<(Started, SocketAddr)> {
    // Free a moment ago; if somebody else takes it, nginx ends and says so.
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration(folder, address, upstream))?;
    let mut command = pins.measured(Path::new("nginx"));
    command.arg("-p").arg(folder).arg("-c").arg(&file);
    let mut process = Started::start(command, &folder.join("nginx.log"))?;
    let serves = async {
        while TcpStream::connect(address).await.is_err() {
            process.still_runs()?;
            clock::pause(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    clock::within(Duration::from_secs(10), "the start of nginx", serves).await?;
    Ok((process, address))
}

fn configuration(folder: &Path, address: SocketAddr, upstream: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\n\
         master_process off;\n\
         error_log {folder}/nginx-errors.log;\n\
         pid {folder}/nginx.pid;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
           access_log off;\n\
           client_body_temp_path {folder}/nginx-body;\n\
           proxy_temp_path {folder}/nginx-proxy;\n\
           fastcgi_temp_path {folder}/nginx-fastcgi;\n\
           scgi_temp_path {folder}/nginx-scgi;\n\
           uwsgi_temp_path {folder}/nginx-uwsgi;\n\
           keepalive_requests 100000000;\n\
           upstream service {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}\n\
           server {{\n\
             listen {address};\n\
             location / {{\n\
               proxy_pass http://service;\n\
               proxy_http_version 1.1;\n\
               proxy_set_header Connection \"\";\n\
               proxy_set_header Host $http_host;\n\
               proxy_set_header X-Forwarded-For $remote_addr;\n\
               proxy_set_header X-Forwarded-Proto https;\n\
             }}\n\
           }}\n\
         }}\n"
    )
}
