//! Finished clients: `rtc`'s own peer connection gets along with the SFU.
