// Methods and blocks of Objective-C. Compiled only: it includes nothing and links nothing.
@interface Player { int state; }
+ (id)shared;
- (void)stop;
- (int)seekTo:(double)at animated:(int)animated;
@end
@interface Player (Drawing)
- (void)drawRect:(int)rect;
@end
@implementation Player
+ (id)shared { return 0; }
- (void)stop { state = 0; }
- (int)seekTo:(double)at animated:(int)animated { return (int)at + animated + state; }
@end
@implementation Player (Drawing)
- (void)drawRect:(int)rect { state = rect; }
@end
static int helper(int x) { return x; }
int useAll(Player *player) { return helper([player seekTo:1.5 animated:2]); }
