//! A queue against a device played by the test.

use super::fake::{self, Fake};
use super::{Chain, INDIRECT_DESC, Segment, VirtQueue};
use crate::mem::PageRef;

fn queue(size: u16, features: u64) -> (VirtQueue<u32>, Fake) {
    let (mut device, fake) = fake::device(4, features, &[], 1, size);
    device.start(0).unwrap();
    let queue = device.queue(0, 1024).unwrap();
    assert!(device.queue::<u32>(1, 8).is_err());
    device.ready();
    (queue, fake)
}

/// A chain that sends `text` in pieces of `piece` bytes, each on a page of its own, and has `room` for a reply.
fn chain(text: &[u8], piece: usize, room: usize) -> Chain {
    let mut segments = Vec::new();
    for part in text.chunks(piece) {
        let page = PageRef::alloc().unwrap();
        page.write(100, part);
        segments.push(Segment::new(page, 100, part.len()));
    }
    let outs = segments.len();
    let page = PageRef::alloc().unwrap();
    segments.push(Segment::new(page, 0, room));
    Chain::new(segments, outs).unwrap()
}

#[test]
fn answers_in_any_order() {
    let (mut queue, fake) = queue(16, 0);
    for (text, token) in [(b"one", 1), (b"two", 2), (b"six", 6)] {
        queue.add(chain(text, 2, 50), token).ok().unwrap();
    }
    assert_eq!(fake.notices(0), 0);
    queue.kick().send();
    queue.kick().send();
    assert_eq!((fake.notices(0), queue.room()), (1, 7));
    let asked: Vec<_> = (0..3).map(|_| fake.take(0).unwrap()).collect();
    assert!(fake.take(0).is_none());
    assert_eq!((&asked[1].bytes[..], asked[1].room), (&b"two"[..], 50));
    assert!(queue.pop().is_none());
    for nth in [2, 0, 1] {
        let reply = [&asked[nth].bytes[..], b" is the answer"].concat();
        fake.give(0, &asked[nth], &reply);
    }
    for (token, text) in [(6, b"six is"), (1, b"one is"), (2, b"two is")] {
        let done = queue.pop().unwrap();
        let mut start = [0; 6];
        assert_eq!((done.token, done.len), (token, 17));
        assert_eq!(done.chain.copy_written(0, &mut start), 6);
        assert_eq!(&start, text);
    }
    assert_eq!(queue.room(), 16);
}

#[test]
fn one_entry_for_a_long_chain() {
    let (mut queue, fake) = queue(16, INDIRECT_DESC);
    assert_eq!(fake.accepted() & INDIRECT_DESC, INDIRECT_DESC);
    let text: Vec<u8> = (0..15).collect();
    for token in 0..16 {
        queue.add(chain(&text, 1, 9), token).ok().unwrap();
    }
    // Full: the chain comes back whole.
    let (_, token) = queue.add(chain(&text, 1, 9), 99).err().unwrap();
    assert_eq!(token, 99);
    let request = fake.take(0).unwrap();
    assert_eq!((request.bytes.as_slice(), request.room), (text.as_slice(), 9));
    fake.give(0, &request, b"more than nine bytes");
    let done = queue.pop().unwrap();
    assert_eq!((done.token, done.len, done.chain.capacity()), (0, 9, 9));
    // Longer than the queue: never.
    let long = chain(&[7; 16], 1, 1);
    assert!(!queue.can_hold(&long));
    assert!(queue.add(long, 1).is_err());
}

#[test]
fn numbers_wrap_around() {
    let (mut queue, fake) = queue(4, 0);
    for round in 0..70_000u32 {
        let page = PageRef::alloc().unwrap();
        let chain = Chain::new(vec![Segment::new(page, 0, 4)], 0).unwrap();
        queue.add(chain, round).ok().unwrap();
        queue.kick().send();
        let request = fake.take(0).unwrap();
        fake.give(0, &request, &round.to_le_bytes());
        let done = queue.pop().unwrap();
        assert_eq!((done.token, done.len), (round, 4));
    }
}

#[test]
fn neighbours_are_one_piece() {
    let (mut queue, fake) = queue(4, 0);
    let page = PageRef::alloc().unwrap();
    page.write(0, b"abcdef");
    let part = |at, len| Segment::new(page.clone(), at, len);
    let chain = Chain::new(vec![part(0, 2), part(2, 0), part(2, 4), part(6, 2), part(8, 2)], 3).unwrap();
    assert_eq!(chain.descriptors.len(), 2);
    queue.add(chain, 1).ok().unwrap();
    let request = fake.take(0).unwrap();
    assert_eq!((&request.bytes[..], request.room), (&b"abcdef"[..], 4));
    fake.give(0, &request, b"1234");
    let done = queue.pop().unwrap();
    let mut end = [0; 8];
    assert_eq!(done.chain.copy_written(1, &mut end), 3);
    assert_eq!(&end[..3], b"234");
}

#[test]
fn a_device_that_lies_is_left_alone() {
    for head in [1, 9, u32::MAX] {
        let (mut queue, fake) = queue(4, 0);
        queue.add(chain(b"a", 1, 1), 5).ok().unwrap();
        let request = fake.take(0).unwrap();
        assert_ne!(u32::from(request.head), head);
        fake.give_raw(0, head, 1);
        assert!(queue.pop().is_none() && queue.is_broken());
        fake.give(0, &request, b"b");
        assert!(queue.pop().is_none());
        assert!(queue.add(chain(b"a", 1, 1), 6).is_err());
    }
    // A length beyond what it may write is cut.
    let (mut queue, fake) = queue(4, 0);
    queue.add(chain(b"a", 1, 3), 5).ok().unwrap();
    let request = fake.take(0).unwrap();
    fake.give_raw(0, u32::from(request.head), u32::MAX);
    assert_eq!(queue.pop().unwrap().len, 3);
}
