static volatile int *nowhere;
__attribute__((noinline)) int boom(int n) { *nowhere = n; return n; }
__attribute__((noinline)) int middle(int n) { return boom(n + 1) + 1; }
int run(void) { return middle(41); }
int start(void) { return run(); }
