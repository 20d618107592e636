//! The least that a proxy can do: copy bytes both ways, without reading them.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};

/// Prints its address, then serves until it is ended.
///
/// # Errors
/// When it cannot listen.
pub async fn serve(to: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    loop {
        let (client, _) = listener.accept().await?;
        tokio::task::spawn_local(copy(client, to));
    }
}

/// Ends with either side; whoever sent the load notices a connection that broke.
async fn copy(mut client: TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}
