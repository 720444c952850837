//! Whatever members do, in any order: what is delivered was sent by one of the same session whom the receiver let in.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

/// Six clients: two sessions of three members.
const CLIENTS: usize = 6;

#[derive(Clone, Debug)]
enum Step {
    Allocate(usize),
    Refresh(usize, u32),
    Permit(usize, usize),
    Bind(usize, u16, usize),
    Send(usize, usize),
    Channel(usize, u16),
    Close(usize),
    EndSession(usize),
    Later(u64),
    Noise(usize, Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..CLIENTS;
    prop_oneof![
        4 => who.clone().prop_map(Step::Allocate),
        1 => (who.clone(), prop_oneof![Just(0u32), Just(600), any::<u32>()]).prop_map(|(who, s)| Step::Refresh(who, s)),
        4 => (who.clone(), who.clone()).prop_map(|(a, b)| Step::Permit(a, b)),
        4 => (who.clone(), 0x4000u16..0x4003, who.clone()).prop_map(|(a, n, b)| Step::Bind(a, n, b)),
        8 => (who.clone(), who.clone()).prop_map(|(a, b)| Step::Send(a, b)),
        8 => (who.clone(), 0x4000u16..0x4003).prop_map(|(a, n)| Step::Channel(a, n)),
        1 => who.clone().prop_map(Step::Close),
        1 => (0usize..2).prop_map(Step::EndSession),
        2 => (0u64..400).prop_map(Step::Later),
        2 => (who, proptest::collection::vec(any::<u8>(), 0..80)).prop_map(|(who, bytes)| Step::Noise(who, bytes)),
    ]
}

/// What the model knows: who is let in by whom until when, by relayed address.
#[derive(Default)]
struct Model {
    address: HashMap<usize, SocketAddr>,
    permits: HashMap<(usize, IpAddr), Duration>,
}

struct World {
    house: House,
    callers: Vec<Caller>,
    model: Model,
}

impl World {
    fn new() -> Self {
        let mut house = House::new();
        let callers = (0..CLIENTS).map(|n| house.client(1000 + n as u16, session(n), n as i64)).collect();
        Self { house, callers, model: Model::default() }
    }

    fn elapsed(&self) -> Duration {
        self.house.now.at - self.house.start
    }

    fn address(&self, who: usize) -> SocketAddr {
        self.model.address.get(&who).copied().unwrap_or(SocketAddr::from((V4, 1)))
    }

    /// Asks, and once more where the nonce has grown old.
    fn ask(&mut self, who: usize, request: impl Fn(&mut Client) -> Vec<u8>) -> Result<Vec<SocketAddr>, u16> {
        let caller = &mut self.callers[who];
        let asked = request(&mut caller.client);
        match caller.ask(&mut self.house, asked) {
            Err(438) => {
                let asked = request(&mut caller.client);
                caller.ask(&mut self.house, asked)
            }
            other => other,
        }
    }

    fn forget(&mut self, who: usize) {
        self.model.address.remove(&who);
        self.model.permits.retain(|(owner, _), _| *owner != who);
    }

    fn take(&mut self, step: Step) {
        // What the server has let go by itself, the model lets go too.
        for who in 0..CLIENTS {
            if !self.house.server.has_allocation(&self.callers[who].path, self.house.now.at) {
                self.forget(who);
            }
        }
        match step {
            Step::Allocate(who) => {
                let credential = self.house.credential(session(who), who as i64);
                let fresh = !self.model.address.contains_key(&who);
                if fresh {
                    self.callers[who].client.use_credential(credential);
                }
                match self.ask(who, |client| client.allocate(None)) {
                    Ok(granted) => drop(self.model.address.insert(who, granted[0])),
                    Err(code) => assert!(code == 437 && !fresh || code == 401, "{code}"),
                }
            }
            Step::Refresh(who, lifetime) => {
                let done = self.ask(who, |client| client.refresh(lifetime));
                assert_eq!(done.is_ok(), self.model.address.contains_key(&who));
                if lifetime == 0 {
                    self.forget(who);
                }
            }
            Step::Permit(who, peer) => {
                let address = self.address(peer);
                if self.ask(who, |client| client.create_permission(&[address])).is_ok() {
                    let until = self.elapsed() + Duration::from_secs(300);
                    let held = self.model.permits.entry((who, address.ip())).or_insert(until);
                    *held = until.max(*held);
                }
            }
            Step::Bind(who, number, peer) => {
                let address = self.address(peer);
                if self.ask(who, |client| client.bind_channel(number, address)).is_ok() {
                    let until = self.elapsed() + Duration::from_secs(600);
                    self.model.permits.insert((who, address.ip()), until);
                }
            }
            Step::Send(who, peer) => {
                let address = self.address(peer);
                let out = self.callers[who].send(&mut self.house, address, &[who as u8; 9]);
                self.judge(who, out);
            }
            Step::Channel(who, number) => {
                let out = self.callers[who].channel(&mut self.house, number, &[who as u8; 9]);
                self.judge(who, out);
            }
            Step::Close(who) => {
                self.house.server.stream_closed(self.callers[who].path);
                self.forget(who);
            }
            Step::EndSession(which) => {
                self.house.server.end_session(self.house.now, session(which));
                (0..CLIENTS).filter(|who| who % 2 == which).for_each(|who| self.forget(who));
            }
            Step::Later(seconds) => self.house.later(Duration::from_secs(seconds)),
            Step::Noise(who, bytes) => drop(self.house.say(self.callers[who].path, &bytes)),
        }
        assert!(self.house.server.counts().allocations <= CLIENTS);
    }

    /// Holds a delivery against what the model allows.
    fn judge(&mut self, sender: usize, out: Vec<(Path, Vec<u8>)>) {
        assert!(out.len() <= 1, "one packet makes at most one");
        for (path, bytes) in out {
            let receiver = self.callers.iter().position(|caller| caller.path == path).expect("a client of ours");
            assert_eq!(sender % 2, receiver % 2, "another session was reached");
            for who in [sender, receiver] {
                let until = self.model.permits.get(&(who, V4.into())).copied().unwrap_or_default();
                assert!(until > self.elapsed(), "client {who} let nobody in");
            }
            let from = self.address(sender);
            match self.callers[receiver].client.read(&bytes) {
                Some(Reply::Data { peer, payload }) => assert_eq!((peer, payload), (from, &[sender as u8; 9][..])),
                Some(Reply::Channel { payload, .. }) => assert_eq!(payload, [sender as u8; 9]),
                other => panic!("{other:?}"),
            }
        }
    }
}

fn session(who: usize) -> &'static str {
    ["even", "odd"][who % 2]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn what_is_delivered_was_allowed(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.take(step));
        (0..2).for_each(|which| world.house.server.end_session(world.house.now, session(which)));
        let counts = world.house.server.counts();
        prop_assert_eq!((counts.allocations, counts.sessions), (0, 0), "everything is let go");
    }
}
