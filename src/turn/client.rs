//! The other end: what a client of a STUN and TURN server says, and what it makes of the replies.
//!
//! For `doctor`, for the bench and for tests. Pure: no socket, no clock; transactions are counted from a seed. It trusts the
//! server that it asks, and remembers the last realm and nonce that it was told.

use super::codec::{self, Family, Writer};
use super::credentials::{self, Credential};
use super::message::{self, Class, Key, Message};
use std::net::SocketAddr;

/// One user of one server.
pub struct Client {
    credential: Credential,
    realm: String,
    nonce: Vec<u8>,
    key: Option<Key>,
    seed: u64,
    count: u32,
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply<'a> {
    /// A request was granted; `addresses` are the relayed ones of an Allocate.
    Granted {
        method: u16,
        addresses: Vec<SocketAddr>,
        mapped: Option<SocketAddr>,
        lifetime_s: Option<u32>,
    },
    /// A request was refused with this number.
    Refused {
        method: u16,
        code: u16,
    },
    /// A packet of a peer.
    Data {
        peer: SocketAddr,
        payload: &'a [u8],
    },
    Channel {
        number: u16,
        payload: &'a [u8],
    },
}

impl Client {
    pub fn new(credential: Credential, seed: u64) -> Self {
        Self { credential, realm: String::new(), nonce: Vec::new(), key: None, seed, count: 0 }
    }

    /// Takes other credentials from here on, as a page does before an ICE restart.
    pub fn use_credential(&mut self, credential: Credential) {
        self.credential = credential;
        self.key = self.key.map(|_| self.derive());
    }

    /// "Which address do you see?"
    pub fn binding(&mut self) -> Vec<u8> {
        self.ask(message::BINDING, false, |_| {})
    }

    /// Asks for an allocation; the first time without a proof, so that the server tells realm and nonce.
    pub fn allocate(&mut self, family: Option<Family>) -> Vec<u8> {
        self.allocate_with(|writer| {
            if let Some(family) = family {
                writer.attribute(codec::REQUESTED_ADDRESS_FAMILY, &[&[family as u8, 0, 0, 0]]);
            }
        })
    }

    /// The same with other attributes.
    pub fn allocate_with(&mut self, more: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        self.ask(message::ALLOCATE, true, |writer| {
            writer.attribute(codec::REQUESTED_TRANSPORT, &[&[17, 0, 0, 0]]);
            more(writer);
        })
    }

    pub fn refresh(&mut self, lifetime_s: u32) -> Vec<u8> {
        self.ask(message::REFRESH, true, |writer| writer.attribute(codec::LIFETIME, &[&lifetime_s.to_be_bytes()]))
    }

    pub fn create_permission(&mut self, peers: &[SocketAddr]) -> Vec<u8> {
        self.ask(message::CREATE_PERMISSION, true, |writer| {
            peers.iter().for_each(|peer| writer.address(codec::XOR_PEER_ADDRESS, *peer));
        })
    }

    pub fn bind_channel(&mut self, number: u16, peer: SocketAddr) -> Vec<u8> {
        self.ask(message::CHANNEL_BIND, true, |writer| {
            writer.attribute(codec::CHANNEL_NUMBER, &[&number.to_be_bytes(), &[0, 0]]);
            writer.address(codec::XOR_PEER_ADDRESS, peer);
        })
    }

    /// A packet for a peer, without a channel.
    pub fn send(&mut self, peer: SocketAddr, payload: &[u8]) -> Vec<u8> {
        let transaction = self.transaction();
        let mut buffer = Vec::with_capacity(payload.len() + 64);
        let mut writer = Writer::new(&mut buffer, message::kind(Class::Indication, message::SEND), &transaction);
        writer.address(codec::XOR_PEER_ADDRESS, peer);
        writer.attribute(codec::DATA, &[payload]);
        buffer
    }

    /// Any request, signed where a proof is wanted and the server has told what to sign with.
    pub fn ask(&mut self, method: u16, prove: bool, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        let transaction = self.transaction();
        let mut buffer = Vec::with_capacity(160);
        let mut writer = Writer::new(&mut buffer, message::kind(Class::Request, method), &transaction);
        fill(&mut writer);
        if let (true, Some(key)) = (prove, self.key) {
            writer.attribute(codec::USERNAME, &[self.credential.username.as_bytes()]);
            writer.attribute(codec::REALM, &[self.realm.as_bytes()]);
            writer.attribute(codec::NONCE, &[&self.nonce]);
            message::sign(&mut writer, &key);
        }
        buffer
    }

    /// Makes sense of what the server sent; after a 401 or 438 the same may be asked again, with the proof that it wants.
    pub fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<Reply<'a>> {
        if let [64..=79, ..] = bytes {
            let length = usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
            let number = u16::from_be_bytes([bytes[0], bytes[1]]);
            return Some(Reply::Channel { number, payload: bytes.get(4..4 + length)? });
        }
        let message = Message::read(bytes)?;
        let address = |kind| message.get(kind).and_then(|value| codec::xor_address(value, &message.transaction));
        match message.class {
            Class::Success => {
                let relayed = message.attributes().filter(|(kind, _)| *kind == codec::XOR_RELAYED_ADDRESS);
                let addresses = relayed.filter_map(|(_, value)| codec::xor_address(value, &message.transaction)).collect();
                let mapped = address(codec::XOR_MAPPED_ADDRESS);
                let lifetime_s = message.get(codec::LIFETIME).and_then(codec::number);
                Some(Reply::Granted { method: message.method, addresses, mapped, lifetime_s })
            }
            Class::Error => {
                let value = message.get(codec::ERROR_CODE).filter(|value| value.len() >= 4)?;
                let code = u16::from(value[2]) * 100 + u16::from(value[3]);
                if let (401 | 438, Some(realm), Some(nonce)) = (code, message.get(codec::REALM), message.get(codec::NONCE)) {
                    self.realm = String::from_utf8_lossy(realm).into_owned();
                    self.nonce = nonce.to_vec();
                    self.key = Some(self.derive());
                }
                Some(Reply::Refused { method: message.method, code })
            }
            Class::Indication if message.method == message::DATA => {
                Some(Reply::Data { peer: address(codec::XOR_PEER_ADDRESS)?, payload: message.get(codec::DATA)? })
            }
            Class::Indication | Class::Request => None,
        }
    }

    fn derive(&self) -> Key {
        credentials::key(&self.credential.username, &self.realm, &self.credential.password)
    }

    fn transaction(&mut self) -> [u8; 12] {
        self.count += 1;
        let mut transaction = [0; 12];
        transaction[..8].copy_from_slice(&self.seed.to_be_bytes());
        transaction[8..].copy_from_slice(&self.count.to_be_bytes());
        transaction
    }
}
