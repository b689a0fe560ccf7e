//! An address that stays while the servers behind it come and go.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes every connection on to a server; as long as that is gone, it breaks it off.
pub(crate) struct Relay {
    pub(crate) url: String,
    to: Arc<Mutex<String>>,
}

impl Relay {
    /// In front of the server at an address.
    pub(crate) fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let relay = Self { url, to: Arc::default() };
        relay.lead_to(server);
        let to = Arc::clone(&relay.to);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&*to.lock().unwrap());
                if let Ok(server) = server {
                    pass(client.try_clone().unwrap(), server.try_clone().unwrap());
                    pass(server, client);
                }
            }
        });
        relay
    }

    /// Leads to another server from here on.
    pub(crate) fn lead_to(&self, server: &str) {
        let address = server.strip_prefix("http://").unwrap();
        address.clone_into(&mut self.to.lock().unwrap());
    }
}

/// Passes on what comes from one end, and that it has gone.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        drop(io::copy(&mut from, &mut to));
        drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
    });
}
