"""The monthly audit: what is drawn, what a look may find, what follows from it, and the words for all of these."""

from villagepoints.domain.errors import N_

OPEN, CONCLUDED = "open", "concluded"  # of an audit; concluded: its findings stand still and can be signed
LEAST_SIGNATURES = 2  # from different households

HOUSEHOLD, ENTRY, GOODS = "household", "entry", "goods"
KINDS = {HOUSEHOLD: N_("入户看"), ENTRY: N_("核记录"), GOODS: N_("点商品")}
NEVER, GROUP, LARGE, CLERK, ITEM, PROXY = "never", "group", "large", "clerk", "item", "proxy"
REASONS = {
    NEVER: N_("从没抽到过"),
    GROUP: N_("各组轮着抽"),
    LARGE: N_("大额记录，条条都看"),
    CLERK: N_("每个记录人抽一些"),
    ITEM: N_("每个项目抽一些"),
    PROXY: N_("替老人代办的大额兑换，条条都看"),
    GOODS: N_("抽几种商品点数"),
}
AGREE, DIFFER, UNCLEAR = "agree", "differ", "unclear"
RESULTS = {AGREE: N_("对得上"), DIFFER: N_("对不上"), UNCLEAR: N_("说不准")}

PERSUADE, DEDUCT, REVERSE, PUT_RIGHT = "persuade", "deduct", "reverse", "put_right"
REMEDIES = {
    PERSUADE: N_("先劝导"),
    DEDUCT: N_("按办法扣分"),
    REVERSE: N_("冲正记错的"),
    PUT_RIGHT: N_("别的改正"),
}
ANSWERED, CLOSED, WITHDRAWN = "answered", "closed", "withdrawn"  # of a problem; withdrawn: it was none
PROBLEM_STATES = {OPEN: N_("等处理"), ANSWERED: N_("处理了，等复查"), CLOSED: N_("了结"), WITHDRAWN: N_("撤回了")}
EXPLAINED, PROBLEM = "explained", "problem"
PROMPT_STATES = {OPEN: N_("还没看"), EXPLAINED: N_("看过，说得通"), PROBLEM: N_("看过，是问题")}
