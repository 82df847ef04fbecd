// Blocks: for Clang, which alone has them.
typedef int (^Block)(int);
int call(Block block);
@interface Player { int state; }
- (int)each:(int)x;
@end
@implementation Player
- (int)each:(int)x { return call(^(int y) { return call(^(int z) { return x + y + z; }); }) + call(^(int y) { return y; }); }
@end
int outside(int x) { return call(^(int y) { return x + y; }); }
