//! The channel against a server played by the test. Nothing sleeps here: a reply is there before it is waited for,
//! because the device answers at once when it is told.

use super::*;
use hal::virtio::{fake, kind};

fn channel(tag: &[u8], size: u16) -> (Arc<P9Channel>, fake::Fake) {
    let mut config = (tag.len() as u16).to_le_bytes().to_vec();
    config.extend(tag);
    let (device, fake) = fake::device(kind::P9, MOUNT_TAG, &config, 1, size);
    (open(device).unwrap(), fake)
}

/// Lets the device answer each request with `answer(request)` as soon as it is told of it.
fn serve(fake: &fake::Fake, answer: fn(&fake::Request) -> Vec<u8>) {
    fake.serve(0, answer);
}

fn call(channel: &P9Channel, request: &[&[u8]], reply: &mut [&mut [u8]]) -> Result<usize, Errno> {
    channel.call(Patience::UntilKilled, request, reply).map_err(|error| match error {
        CallError::Failed(errno) => errno,
        CallError::Abandoned(_) => Errno::EINTR,
    })
}

#[test]
fn gathers_and_scatters() {
    let (channel, fake) = channel(b"root", 128);
    assert_eq!((channel.tag(), channel.max_message()), (&b"root"[..], 124 * 4096));
    serve(&fake, |request| request.bytes.iter().rev().copied().collect());
    let (mut a, mut b) = ([0; 3], [0; 9]);
    let len = call(&channel, &[b"ab", b"", b"cdefg"], &mut [&mut a, &mut [], &mut b]).unwrap();
    assert_eq!((len, &a, &b[..4]), (7, b"gfe", &b"dcba"[..]));
}

#[test]
fn messages_of_many_pages() {
    let (channel, fake) = channel(b"x", 128);
    serve(&fake, |request| {
        let sum: u32 = request.bytes.iter().map(|byte| u32::from(*byte)).sum();
        let mut reply: Vec<u8> = (0..request.room as u32).map(|n| (n % 251) as u8).collect();
        reply[..4].copy_from_slice(&sum.to_le_bytes());
        reply
    });
    for (sent, wanted) in [(1, 4), (4080, 16), (4081, 4096), (4096, 5000), (100, 300_000), (300_000, 11)] {
        let request = vec![3; sent];
        let (head, tail) = request.split_at(sent / 3);
        let mut reply = vec![0; wanted];
        let (first, second) = reply.split_at_mut(wanted / 4);
        assert_eq!(call(&channel, &[head, tail], &mut [first, second]), Ok(wanted), "{sent} {wanted}");
        assert_eq!(reply[..4], (3 * sent as u32).to_le_bytes(), "{sent} {wanted}");
        assert!((4..).zip(&reply[4..]).all(|(n, byte)| (n % 251) as u8 == *byte), "{sent} {wanted}");
    }
    // Both directions together must fit.
    let request = vec![0; 300_000];
    let mut reply = vec![0; 300_000];
    let together = call(&channel, &[&request], &mut [&mut reply]);
    assert!(together == Ok(300_000) || together == Err(Errno::EMSGSIZE));
}

#[test]
fn failure_ends_in_an_errno() {
    let (channel, fake) = channel(b"x", 16);
    fake.break_down();
    assert_eq!(call(&channel, &[b"abc"], &mut [&mut [0; 10]]), Err(Errno::EIO));
}
