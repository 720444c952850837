//! What the keeper has fixed outside the pages: it holds whatever a form says, and the page tells where it can be changed.

use super::time::Zone;
use super::view::House;

/// A value and the place where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned<T> {
    pub value: T,
    pub place: String,
}

/// A key that was said somewhere, as the admin's page lists it; secrets are masked already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub key: &'static str,
    pub value: String,
    pub place: String,
}

/// What is fixed of the house, and all that was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pins {
    pub name: Option<Pinned<String>>,
    pub zone: Option<Pinned<Zone>>,
    pub step: Option<Pinned<i64>>,
    /// For whom a certificate is got by ACME, and who is written to.
    pub acme_names: Option<Pinned<Vec<String>>>,
    pub acme_contact: Option<Pinned<String>>,
    /// Whether the router is asked to let people through.
    pub map_port: Option<Pinned<bool>>,
    /// Whether this server answers to the machine's name in its own network.
    pub lan_name: Option<Pinned<bool>>,
    /// Who else vouches for the house: a certificate from files, or a proxy in front.
    pub vouched_elsewhere: Option<Pinned<&'static str>>,
    pub said: Vec<Said>,
}

impl Pins {
    /// Whether a page still has to ask from where people come.
    pub fn asks_the_way_in(&self) -> bool {
        self.acme_names.is_none() && self.vouched_elsewhere.is_none()
    }

    /// The house with what is fixed in its place.
    pub fn over(&self, house: House) -> House {
        House {
            name: self.name.as_ref().map_or(house.name, |pin| pin.value.clone()),
            zone: self.zone.as_ref().map_or(house.zone, |pin| pin.value.clone()),
            step: self.step.as_ref().map_or(house.step, |pin| pin.value),
            ..house
        }
    }
}
