// Functions of every shape that Go names.
package main

import (
	"fmt"
	"sort"
)

type Player struct{ state int }
type Stack[T any] struct{ items []T }
type Named interface{ Name() string }
type Inner struct{ Player }
type Плеер struct{}

//go:noinline
func (p *Player) Close() error { func() { p.state++ }(); return nil }

//go:noinline
func (p Player) Name() string { return fmt.Sprint(p.state) }

//go:noinline
func (s *Stack[T]) Push(x T) { s.items = append(s.items, x); defer func() { fmt.Println(len(s.items)) }() }

//go:noinline
func (s Stack[T]) Each(f func(T)) { for _, x := range s.items { f(x) } }

//go:noinline
func (*Плеер) Играть() int { return 1 }

//go:noinline
func Map[A, B any](a []A, f func(A) B) (out []B) { for _, x := range a { out = append(out, f(x)) }; return }

//go:noinline
func call(n Named) string { return n.Name() }

var table = func() map[string]int { return map[string]int{"a": 1} }()

func init() { fmt.Println("first") }
func init() { fmt.Println("second") }

func main() {
	p := &Player{}
	closer := p.Close
	defer closer()
	go func() { fmt.Println(call(p)) }()
	var s Stack[int]
	s.Push(1)
	var t Stack[struct{ X, Y string }]
	t.Push(struct{ X, Y string }{"a", "b"})
	s.Each(func(x int) { func() { fmt.Println(x) }() })
	fmt.Println(Map([]int{1}, func(x int) string { return fmt.Sprint(x) }), Map([]string{"a"}, func(x string) *Player { return p }))
	fmt.Println(call(Inner{}), call(&Inner{}), (&Плеер{}).Играть(), table)
	sort.Slice(s.items, func(a, b int) bool { return s.items[a] < s.items[b] })
}
