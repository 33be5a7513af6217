//! Random sequences of calls against what they should do.

use std::collections::BTreeMap;

use mm::IterSrc;
use vfs::consts::*;

use super::alone;
use super::server::Server;
use super::{Guest, read_at};

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn play(tag: &str, options: &str, seed: u64) {
    let server = Server::start(tag);
    let guest = Guest::mount(tag, options);
    let mut dice = Dice(seed);
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut open = Vec::new();
    for dir in 0..3 {
        guest.mkdir(&format!("/d{dir}")).unwrap();
    }
    for _ in 0..3000 {
        let path = |dice: &mut Dice| format!("/d{}/f{}", dice.roll(3), dice.roll(4));
        let name = path(&mut dice);
        let known = files.contains_key(&name);
        match dice.roll(12) {
            0..=2 => {
                let bytes = vec![dice.roll(256) as u8; dice.roll(9000) as usize];
                if bytes.is_empty() {
                    continue;
                }
                let file = guest.open(&name, O_RDWR | O_CREAT).unwrap();
                let pos = dice.roll(6000);
                let mut src = IterSrc::kernel(&bytes);
                assert_eq!(vfs::read_write::vfs_pwrite(&file, &mut src, pos), Ok(bytes.len()));
                let data = files.entry(name).or_default();
                let end = pos as usize + bytes.len();
                data.resize(data.len().max(end), 0);
                data[pos as usize..end].copy_from_slice(&bytes);
            }
            3 => assert_eq!(guest.unlink(&name).is_ok(), files.remove(&name).is_some()),
            4 | 5 => {
                let to = path(&mut dice);
                assert_eq!(guest.rename(&name, &to).is_ok(), known);
                if let Some(data) = files.remove(&name) {
                    files.insert(to, data);
                }
            }
            6 if known => {
                let size = dice.roll(9000);
                let file = guest.open(&name, O_RDWR).unwrap();
                vfs::open::do_truncate(&vfs::Cred::root(), &file.inode, size, u64::MAX).unwrap();
                files.get_mut(&name).unwrap().resize(size as usize, 0);
            }
            7 if known && open.len() < 5 => {
                open.push((guest.open(&name, O_RDONLY).unwrap(), files[&name].clone(), name));
            }
            8 if !open.is_empty() => {
                let (file, then, name) = open.remove(0);
                let now = read_at(&file, 0).unwrap();
                // What was removed has the content of its last moment, and what is there has the present one.
                assert!(
                    file.inode.nlink() == 0 || files.values().any(|data| *data == now),
                    "{name} {}",
                    then.len()
                );
            }
            9 => drop(vfs::dentry::shrink(20)),
            _ => assert_eq!(guest.read(&name).ok(), files.get(&name).cloned()),
        }
    }
    open.clear();
    for dir in 0..3 {
        let listed = guest.list(&format!("/d{dir}")).unwrap();
        let there = files.keys().filter(|path| path.starts_with(&format!("/d{dir}/"))).count();
        assert_eq!(listed.len(), there + 2, "{listed:?}");
        let number = guest.stat(&format!("/d{dir}")).unwrap().ino;
        assert_eq!(server.with(|host| host.files[&number].entries.len()), there);
    }
    for (path, data) in &files {
        assert_eq!(guest.read(path).unwrap(), *data);
        assert_eq!(guest.stat(path).unwrap().size, data.len() as u64);
        let number = guest.stat(path).unwrap().ino;
        assert_eq!(server.with(|host| host.files[&number].data.clone()), *data);
    }
}

#[test]
fn random_calls_do_what_they_should() {
    let _alone = alone();
    for (seed, options) in ["cache=none", "cache=mmap", "cache=loose"].into_iter().enumerate() {
        for round in 0..3 {
            play(&format!("model-{options}-{round}"), options, seed as u64 * 100 + round);
        }
    }
}
