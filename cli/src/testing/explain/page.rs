//! The HTML page: it stands for itself, and a browser makes of it what it says, wide and narrow.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{Outcome, explain};
use crate::reap::{self, Guarded};

/// Widths of the window in pixels: a desk's and a telephone's.
const WIDTHS: [u32; 2] = [1280, 400];

/// Put at the end of a copy of the page: looks whether anything is cut or missing and tells the page around it.
const LOOK: &str = "<script>onload=()=>{
const bad=[],all=s=>[...document.querySelectorAll(s)],root=document.documentElement;
if(root.scrollWidth>root.clientWidth)bad.push('wider than its window');
const seen=all('svg').filter(s=>s.getBoundingClientRect().width>0);
if(seen.length!=1)bad.push(seen.length+' pictures');
const boxes=seen.flatMap(s=>[...s.querySelectorAll('a')]);
if(boxes.length!=all('section').length)bad.push(boxes.length+' boxes');
for(const box of boxes){
 const r=box.querySelector('rect').getBoundingClientRect();
 if(!document.querySelector(box.getAttribute('href')))bad.push('leads nowhere: '+box.textContent);
 for(const text of box.querySelectorAll('text')){
  const t=text.getBoundingClientRect();
  if(t.left<r.left||t.right>r.right||t.bottom>r.bottom+1)bad.push('not in its box: '+text.textContent);
  if(t.height<10)bad.push('too small: '+text.textContent);}}
for(const e of all('td,h1,h2,div,p'))if(e.scrollWidth>e.clientWidth+1)bad.push('cut: '+e.textContent.slice(0,60));
parent.postMessage(root.clientWidth+': '+(bad.join('; ')||'good'),'*')}</script>";

/// Writes the page and looks at it.
pub fn test(kernel: &Path, path: &Path) -> Result<Outcome> {
    let shown = path.to_string_lossy().into_owned();
    let words = ["write", "--abi", "i386", "--html", shown.as_str()];
    match explain(kernel, &words, &[])? {
        Some((Some(0), _)) => {}
        Some((status, text)) => return Ok(Outcome::Fail(format!("exit status {status:?}\n{text}"))),
        None => return Ok(Outcome::Fail("not done within 150 s".into())),
    }
    let text = std::fs::read_to_string(path).context("there is no page")?;
    let stations = text.matches("<section").count();
    if stations != 11 || text.contains("http") || text.contains("<script") || text.contains("url(h") {
        return Ok(Outcome::Fail(format!("the page has {stations} stations, or is not self-contained")));
    }
    if text.matches("<svg").count() != 2 || text.matches("<rect").count() != 2 * stations {
        return Ok(Outcome::Fail("the pictures do not have a box for each station".into()));
    }
    if !std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|dir| dir.join("chromium").is_file())
    {
        // 350 MB: not to be installed for one test.
        return Ok(Outcome::Skip(
            "the page is whole; for a look at it in a browser: apt-get install chromium".into(),
        ));
    }
    let dir = path.with_extension("browser");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let outcome = browse(&dir, &text);
    let _ = std::fs::remove_dir_all(&dir);
    outcome
}

fn browse(dir: &Path, page: &str) -> Result<Outcome> {
    std::fs::write(dir.join("page.html"), page.replace("</body>", &format!("{LOOK}</body>")))?;
    let frames: String = WIDTHS
        .map(|width| {
            format!("<iframe src=\"page.html\" style=\"border:0;width:{width}px;height:900px\"></iframe>")
        })
        .concat();
    let around = "<script>onmessage=e=>{document.body.append('seen '+e.data+'\\n')}</script>";
    std::fs::write(dir.join("frames.html"), format!("<!DOCTYPE html><body>{around}{frames}"))?;
    let (dom, log) = (std::fs::File::create(dir.join("dom"))?, std::fs::File::create(dir.join("log"))?);
    let mut browser = reap::command("chromium");
    browser
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"])
        .args(["--virtual-time-budget=5000", "--window-size=1300,1000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(dir.join("frames.html"))
        .stdin(Stdio::null())
        .stdout(dom)
        .stderr(log);
    let status = Guarded::spawn(&mut browser)?.wait_until(Instant::now() + Duration::from_secs(90))?;
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
    let (dom, log) = (read("dom"), read("log"));
    let said: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    if status.is_none() || !said.is_empty() {
        return Ok(Outcome::Fail(format!("the browser says: {}", said.join("\n"))));
    }
    for width in WIDTHS {
        if !dom.contains(&format!("seen {width}: good")) {
            let seen: Vec<&str> = dom.lines().filter(|line| line.contains("seen ")).collect();
            return Ok(Outcome::Fail(format!("at {width} pixels: {}", seen.join("\n"))));
        }
    }
    Ok(Outcome::Pass)
}
