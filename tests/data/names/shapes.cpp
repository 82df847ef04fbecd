// Functions of every shape whose names differ by compiler. Includes nothing, so that any target will do.
namespace {
struct Hidden { int value; int hidden(int x) const { return value + x; } };
template <class T> T inHidden(T x) { return x; }
}
namespace app {
struct Base { virtual ~Base(); virtual int draw(int); };
struct Other { virtual ~Other(); virtual int paint(char const*); };
Base::~Base() {}
int Base::draw(int x) { return x; }
Other::~Other() {}
int Other::paint(char const*) { return 1; }
struct Player : Base, Other {
    int draw(int x) override;
    int paint(char const* text) override;
    ~Player() override;
    int seek(double, bool = true) const;
    static Player& shared();
    template <class T, int N> T load(T const (&)[N]) volatile;
    int& lvalue() & { return state; }
    int rvalue() && { return state; }
    bool operator()(int) const;
    bool operator<(Player const&) const;
    Player& operator<<(int);
    Player* operator->();
    int operator[](int) const;
    explicit operator bool() const;
    operator char const*() const;
    template <class T> operator T*() const { return nullptr; }
    int Player::*member();
    int (*callback(int (*)(char)))(int);
    int (&numbers())[3];
    int state = 0;
    int array[3] = {1, 2, 3};
};
int one(int x) { return x; }
int Player::draw(int x) { return x + state; }
int Player::paint(char const* text) { return text[0]; }
Player::~Player() {}
int Player::seek(double at, bool) const { return int(at) + state; }
Player& Player::shared() { static Player* player = new Player; return *player; }
template <class T, int N> T Player::load(T const (&x)[N]) volatile { return x[0]; }
bool Player::operator()(int x) const { return x > state; }
bool Player::operator<(Player const& other) const { return state < other.state; }
Player& Player::operator<<(int x) { state += x; return *this; }
Player* Player::operator->() { return this; }
int Player::operator[](int x) const { return x; }
Player::operator bool() const { return state; }
Player::operator char const*() const { return ""; }
int Player::*Player::member() { return &Player::state; }
int (*Player::callback(int (*)(char)))(int) { return one; }
int (&Player::numbers())[3] { return array; }

template <class T> struct Stack {
    T top;
    struct Node { T x; T get() const { return x; } };
    void push(T const& x) { top = x; }
    template <class F> T each(F f) { return f(top); }
    friend bool operator==(Stack const& a, Stack const& b) { return &a == &b; }
};
template <class T> bool operator<<(Stack<T> const&, T const&) { return true; }
template <bool B> int chosen(int (*f)(int)) { return f(B); }
template <class... A> int many(A...) { return sizeof...(A); }
template <class A, class B> auto sum(A a, B b) -> decltype(a + b) { return a + b; }
template <class A> decltype(auto) same(A&& a) { return (a); }
template <int Player::*M> int through(Player& p) { return p.*M; }
long double operator""_km(long double x) { return x; }

auto lambda() { return [](int x) { return [x](auto y) { return x + y; }; }; }
int nested(int n) {
    struct Local { int x; int get() { return [this] { return x; }(); } };
    static auto keep = [](char const* text) { return text[0]; };
    auto twice = [&](auto f) { return f(n) + f(n); };
    return Local{n}.get() + twice([&](int x) { return x * n; }) + keep("x");
}
inline namespace v2 { int versioned(unsigned long long, signed char, wchar_t) { return 2; } }
static int onlyHere(Stack<int (*)(Stack<char>)> const&) { return 3; }
}  // namespace app

extern "C" int plain(int x) { return x + Hidden{x}.hidden(x) + inHidden(x); }
extern "C" void noReturn() { throw 1; }
void (*signalLike(int, void (*handler)(int)))(int) { return handler; }
int größe(int x) { return x; }
namespace 播放器 { struct 播放 { int 开始(int x) { return x; } }; }

int useAll(app::Player& p, volatile app::Player& v) {
    int array[] = {1, 2};
    app::Stack<int> stack{1};
    app::Stack<app::Stack<char const*>> deep{};
    deep.push({});
    stack.push(2);
    app::Stack<int>::Node node{3};
    bool b = stack == stack && (stack << 2) && p < p && bool(p) && p(1);
    int* pointer = p;
    return v.load(array) + node.get() + stack.each([](int x) { return x + 1; }) + b
        + app::chosen<(3 > 2)>(app::one) + app::many(1, 'x', 2.0, &p) + int(app::sum(1, 2.5f))
        + app::same(array[0]) + app::through<&app::Player::state>(p) + (pointer == nullptr)
        + app::lambda()(1)(2) + app::nested(3) + app::v2::versioned(1, 2, 3) + app::onlyHere({})
        + p.lvalue() + static_cast<app::Player&&>(p).rvalue() + 播放器::播放{}.开始(1)
        + int(app::operator""_km(2.0L)) + p->state + p.draw(2);
}
