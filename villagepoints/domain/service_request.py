"""What a household may tell or ask the village: the kinds, what each needs, the limits. No points are in it."""

from dataclasses import dataclass

from villagepoints.domain.errors import N_, BadInput, Conflict, NotFound

HAZARD, IDEA, GOODS, VISIT, HELPER, CORRECTION = "hazard", "idea", "goods", "visit", "helper", "correction"
OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"
STATUSES = (OPEN, ANSWERED, WITHDRAWN)
MOST_OPEN = 10  # of one household at a time: more would bury what its neighbours say
MOST_WORDS = 500

_NOW = {
    ANSWERED: N_("这一件已经答复过了，没有再改。"),
    WITHDRAWN: N_("这一件他家自己撤回了，没有再动。"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: how it is called, what is asked, what happens next; all texts are msgids."""

    code: str
    name: str
    task: str  # what it is for, beside its name
    question: str
    hint: str
    then: str  # what happens after it was filed
    answers: tuple[str, ...]  # sentences that often answer it
    choices: tuple[str, ...] = ()  # to tick instead of typing
    takes_photos: bool = False
    needs_words: bool = True
    is_single: bool = False  # while one is open, a second would be the same


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            HAZARD,
            N_("报隐患"),
            N_("随手拍：路、灯、井盖、电线不安全"),
            N_("在哪里，什么样子？"),
            N_("例如「三组桥头，栏杆松了一截」。"),
            N_("村里派人去看，处理了告诉你。很危险的，马上打电话。"),
            (
                N_("已经派人去修，修好前请绕开走。"),
                N_("已经修好了，谢谢你告诉村里。"),
                N_("这一处归别的单位管，已经报给他们，村里盯着。"),
            ),
            takes_photos=True,
        ),
        Kind(
            IDEA,
            N_("提建议"),
            N_("积分办法、村里的事，怎样更好"),
            N_("你想怎么改？"),
            N_("例如「帮邻居收稻子也该加分」。"),
            N_("村里看过以后答复你。要改办法的，还要大家开会商量。"),
            (
                N_("记下了，下次开会拿出来商量。"),
                N_("这个办法好，已经照着做了。"),
                N_("商量过了，这次先不改，谢谢你替村里想着。"),
            ),
            takes_photos=True,
        ),
        Kind(
            GOODS,
            N_("想要的东西"),
            N_("没有货的、货架上还没有的"),
            N_("想换什么？"),
            N_("例如「雨伞」「5 斤装的面粉」。"),
            N_("进货的时候会照着看，到了货告诉你。"),
            (
                N_("记下了，下次进货带上。"),
                N_("已经到货了，可以来换。"),
                N_("这一样暂时进不到，请看看别的有没有想要的。"),
            ),
        ),
        Kind(
            VISIT,
            N_("请人上门"),
            N_("走不动、不方便，请人到家里来"),
            N_("请人来做什么？"),
            N_("什么时候在家、怎么找，也可以写在这里。"),
            N_("村里先打电话，约好时间再来。"),
            (N_("这两天上门，来之前先打电话。"), N_("已经上门办好了。"), N_("电话里说好了，不用再上门。")),
            (N_("念一念积分"), N_("换东西送到家"), N_("帮着弄手机"), N_("别的事")),
            needs_words=False,
            is_single=True,
        ),
        Kind(
            HELPER,
            N_("找人代办"),
            N_("请信得过的人替你家查分、换东西"),
            N_("想请谁？"),
            N_("写姓名，是你家什么人，电话多少。例如「女儿王芳，139…」。"),
            N_("现在还没有生效：要当面办，你本人点头签字才算。村里会来约时间。"),
            (
                N_("记下了，会上门来办，要你本人在家。"),
                N_("请你和他一起到村委会来办，都带上身份证。"),
                N_("当面办好了，从今天起他可以代你家办。"),
            ),
            is_single=True,
        ),
        Kind(
            CORRECTION,
            N_("信息不对"),
            N_("家里的人、电话、门牌，村里记错了"),
            N_("哪里不对，应该是什么？"),
            N_("例如「电话换了，新号 139…」。身份证号不要写在这里。"),
            N_("村里核对以后改，改了告诉你。"),
            (
                N_("已经改好了，请再看一看。"),
                N_("核对过了，和户口本上一样，没有改。"),
                N_("请带上户口本到村委会来核对。"),
            ),
            (N_("家里的人"), N_("电话"), N_("门牌、地址"), N_("别的")),
        ),
    )
}


def kind_of(code: str) -> Kind:
    """The kind by its code; NotFound for anything else."""
    if code not in KINDS:
        raise NotFound(N_("没有这样的页面。"))
    return KINDS[code]


def told(kind: Kind, choice: str, words: str, *, names_goods: bool = False, photos: int = 0) -> str:
    """What the household says, in one text: what it ticked, then its own words.

    Raises BadInput where something is missing, too long, or photos come with a kind that takes none.
    """
    words = words.strip()
    if kind.needs_words and not words and not names_goods:
        raise BadInput(N_("请写一句，村里才知道怎么办。还没有记下。")).at("words")
    if len(words) > MOST_WORDS:
        raise BadInput(N_("写得太长了，最多 %(most)s 个字。还没有记下。"), most=MOST_WORDS).at("words")
    if choice and choice not in kind.choices:
        raise BadInput(N_("请在给出的几样里选一样。还没有记下。")).at("choice")
    if photos and not kind.takes_photos:
        raise BadInput(N_("这一类不用放照片。还没有记下，请去掉照片再交。"))
    return "：".join(part for part in (choice, words) if part)


def check_room(open_now: int) -> None:
    """Refuse one more of a household that already waits for many answers (BadInput)."""
    if open_now >= MOST_OPEN:
        raise BadInput(
            N_("你家已经有 %(most)s 件等着答复，这一件还没有记下。等答复几件再提；急的事请打村里电话。"), most=MOST_OPEN
        )


def check_single(number: int | None) -> None:
    """Refuse a second of what is there already under that number (Conflict)."""
    if number is not None:
        raise Conflict(N_("这件事已经提过了（第 %(number)s 号），正等着答复，没有再记一件。"), number=number)


def check_open(status: str) -> None:
    """Refuse to move what is answered or withdrawn (Conflict)."""
    if status != OPEN:
        raise Conflict(_NOW[status])


def check_answer(words: str) -> None:
    """Refuse an answer that says nothing, or says it at the length of a book (BadInput)."""
    if not words.strip():
        raise BadInput(N_("请选一句，或者写一句，他家会看到。还没有答复。"))
    if len(words.strip()) > MOST_WORDS:
        raise BadInput(N_("答复写得太长了，最多 %(most)s 个字。还没有答复。"), most=MOST_WORDS)
