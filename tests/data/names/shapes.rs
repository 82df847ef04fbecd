// Functions of every shape whose names differ by mangling.
use std::fmt::{self, Debug};
pub trait Play { fn play(&self) -> usize; fn twice(&self) -> usize { self.play() * 2 } }
pub struct Player<T> { pub value: T }
pub struct Plain;
pub enum Kind { A, B(u8) }
impl<T: Debug> Player<T> {
    #[inline(never)] pub fn seek<U: Debug>(&self, to: U) -> String { format!("{:?}{:?}", self.value, to) }
    #[inline(never)] pub fn each<F: Fn(&T) -> usize>(&self, f: F) -> usize { f(&self.value) }
}
impl Plain {
    #[inline(never)] pub fn new() -> Plain { Plain }
    #[inline(never)] pub fn fail(&self, n: Option<u8>) -> u8 { n.unwrap() }
}
impl<T: Debug> Play for Player<T> { #[inline(never)] fn play(&self) -> usize { format!("{:?}", self.value).len() } }
impl Play for Plain { #[inline(never)] fn play(&self) -> usize { 1 } }
impl Play for (u8, Plain) { #[inline(never)] fn play(&self) -> usize { self.0 as usize } }
impl<T> Play for [T] { #[inline(never)] fn play(&self) -> usize { self.len() } }
impl<'a, T> Play for &'a [T] { #[inline(never)] fn play(&self) -> usize { self.len() + 1 } }
impl Play for [u8; 4] { #[inline(never)] fn play(&self) -> usize { 4 } }
impl Play for fn(u8) -> u8 { #[inline(never)] fn play(&self) -> usize { self(3) as usize } }
impl Play for dyn Fn(&str) -> usize { #[inline(never)] fn play(&self) -> usize { self("x") } }
impl Play for *const u8 { #[inline(never)] fn play(&self) -> usize { 9 } }
impl Debug for Kind { #[inline(never)] fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, "{}", match self { Kind::A => 0, Kind::B(x) => *x }) } }
impl Drop for Kind { #[inline(never)] fn drop(&mut self) { println!("drop"); } }
pub mod größe { #[inline(never)] pub fn öffne<T: Copy>(x: T) -> T { x } }
#[inline(never)] fn call(p: &dyn Play) -> usize { p.twice() }
#[inline(never)] fn map_all(v: Vec<u32>) -> Vec<String> { v.into_iter().filter(|x| *x > 1).map(|x| { let inner = move |y: u32| format!("{}", x + y); inner(2) }).collect() }
fn double(x: u8) -> u8 { x * 2 }
fn main() {
    let p = Player { value: vec![1u8, 2] };
    println!("{} {}", p.seek("x"), p.seek((1, Kind::B(2))));
    println!("{}", p.each(|v| v.len()) + call(&p) + call(&Plain::new()) + call(&(3u8, Plain)) + call(&[1u8; 4]));
    println!("{}", [1u16, 2].play() + (&[1u64][..]).play() + (double as fn(u8) -> u8).play() + <[i8] as Play>::play(&[1]));
    let f: Box<dyn Fn(&str) -> usize> = Box::new(|s: &str| s.len());
    println!("{} {}", f.play(), std::ptr::null::<u8>().play());
    println!("{:?} {}", map_all(vec![1, 2, 3]), größe::öffne(5));
    std::thread::spawn(|| println!("{}", Plain.fail(Some(1)))).join().unwrap();
}
