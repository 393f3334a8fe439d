"""Where does a document leave a gap: signs in place of a value, or words for a decision that is still to come?"""

import re

from stages.requirements.document.patterns import Pattern

PAST = (
    r"(?:defined|decided|determined|confirmed|specified|agreed|clarified|filled in|discussed|settled|set|fixed|chosen|"
    r"named|announced|advised|supplied|provided|added|inserted|negotiated|communicated|checked|verified|completed|"
    r"worked out|finali[sz]ed|calculated)"
)
UNIT = (
    r"\s?(?:%|€|£|EUR|USD|GBP|CHF|pounds?|euros?|days?|hours?|minutes?|seconds?|weeks?|months?|years?|ms|MB|GB|kg|km|"
    r"per cent|percent|users?|people|items?|times)\b"
)
HAN_UNIT = r"\s*(?:毫秒|秒|分钟|个?小时|个?工作日|[天日周年元次分名人份家条张件％%]|个?月|万)"
STAND = r"(?=\s*(?:[|).;,，。；）]|$))"  # nothing follows in the clause

# Signs that stand where a value should.
SIGNS = (
    r"(?<!\w)(?:TODO|FIXME)(?!\w)",
    r"[(](?:number|amount|figure|value|sum)[)]|(?<=\w )#{2,}(?![\w#])",
    r"\?\?+|？？+|[(（]\s*[?？]+\s*[)）]",
    rf"(?<=\s)\?(?={UNIT}|\s*\|)|[?？](?={HAN_UNIT})",
    rf"_{{3,}}|(?<![\w_])_{{2,}}(?={HAN_UNIT}|{UNIT})|＿+|[—―-]{{3,}}(?={HAN_UNIT}|{UNIT})",
    rf"(?<!\.)\.{{3,}}(?={UNIT}|{HAN_UNIT})|…+(?={UNIT}|{HAN_UNIT})|(?<!\.)\.{{4,}}",
    r"(?<!!)\[(?!\d+\]|[ xX]\]\s|\^)[^\[\]]*\](?![(\[:])",  # no link, footnote or tick box
    r"<[a-z][\w ,'’-]*>",
    rf"(?<=[\u4e00-\u9fff为])[ \u3000]{{2,}}(?={HAN_UNIT})|(?<=\w) {{3,}}(?={UNIT})",
    r"[（(][\s　]*[）)]|【\s*】|〔\s*〕|□+|[〇○●]{2,}",
    rf"【[^】]{{0,16}}】(?={HAN_UNIT}|[，。；]|$)",
    rf"(?<![\w.-])(?:[NXY]|[nx]|nn|NN)(?={UNIT}|{HAN_UNIT})",
    r"\b(?:XX+)(?!\w)|(?<![A-Za-z0-9_])[xX×]{2,}(?![A-Za-z])|＊{2,}|(?<!\w)[xX][.,][xX]+",
)
# Words that say so.
ENGLISH = (
    r"\bplaceholder\b|^\W*to be (?:done|written)\W*$|\bto be (?:negotiated|finali[sz]ed)\b",
    r"(?<!\w)(?:TB[DCA]|T\.B\.[DCA]\.?|N\.N\.)(?!\w)",
    (
        r"(?<!need )(?<!needs )(?<!have )(?<!has )\bto be (?:defined|decided|determined|confirmed|specified|"
        r"agreed|clarified|"
        r"filled in|discussed|announced later)\b"
    ),
    rf"[(\[|–—:]\s*(?:still |yet )?to be {PAST}\b|\b(?:still|yet) to be {PAST}\b",
    rf"\bto be {PAST} (?:later|separately)\b",
    rf"\bnot (?:yet )?(?:been )?(?:{PAST}|known|clear|final) yet\b|\bnot yet (?:been )?(?:{PAST}|known|clear|final)\b",
    r"\bnot (?:decided|known|clear|agreed|defined|fixed)" + STAND,
    r"\bundecided\b|\bstill (?:open|unclear|pending|missing|under discussion|being \w+ed)\b",
    r"\bremains? (?:open|to be \w+)\b|\bto (?:follow|come)\b" + STAND,
    rf"\b(?:is|are|will be|gets?) {PAST} at (?:a|some) later (?:date|time|stage|point)\b",
    rf"\b(?:is|are|will be|gets?) {PAST} (?:later|separately|in due course|another time)\b",
    r"\b(?:ha(?:ve|s)|needs?) (?:still |yet )to (?:decide|agree|settle|find out|work out|ask|check|say)\b",
    r"\bstill (?:ha(?:ve|s)|needs?) to (?:decide|agree|settle|find out|work out|ask|check|say|tell|come up)\b",
    r"\b(?:nobody|no one) (?:has )?(?:decided?|said|say|told|knows?)\b(?! that)",
    r"\b(?:is|are) to be (?:advised|announced|notified|communicated|named)" + STAND,
    r"\bunder discussion\b|\b(?:open|undecided) (?:point|question|issue)\b" + STAND,
    r"\b(?:pending|awaiting) (?:[a-z']+ ){0,3}[a-z]+" + STAND,
    r"\b(?:figure|number|value|amount|date|price|limit|text|details?)s? (?:is |"
    r"are )?(?:still )?(?:missing|open|pending)\b" + STAND,
    r"\b(?:fill|put) in (?:the |a )?(?:number|figure|amount|value|name|date)\b|\blorem ipsum\b",
)
CHINESE = (
    r"此处(?:填写|补充)|[另面][定议]|有?待(?:定|补充?|确认|完善|明确|讨论|商榷|细化|填写?|议|商|续|批复|协商|落实|研究|核定|测算|核算|洽谈|审定|给出|提供)(?!单|状态|[的”」])",
    (
        r"(?:比例|比率|金额|数额|数量|标准|期限|时限|时间|日期|费用|费率|价格|单价|次数|天数|上限|下限|人数|名额|办法|地点)"
        r"(?:均|都|尚)?(?:为|是)待(?:确定|定|确认|明确|商定|补充|批复)"
    ),
    r"(?<![为成到“「态于等])待[^，。；“”「」]{1,12}?(?:定|测算|提供|给出|补上?|填上?|确定|确认|明确|商定|批复|通知|拍板|给数|回复|答复|讨论)(?=[，。；）)|]|\s|$)",
    (
        r"(?:还没|尚未|没有?|暂未|仍未)(?:完全|最终|最后)?(?:想好|商量好|议好|讲好|说定|落实|批下来|定(?![义位时期金])|确定|决定|明确|商定|谈妥|谈好|谈下来|敲定|"
        r"拍板|议定|说好|算出来)(?:[，,](?:后续|稍后|以后|日后)再?\w{2})?"
    ),
    r"(?:还|尚|正)在[^，。；]{0,4}(?:算|谈|议|商量|研究|讨论|走流程|核|报批|洽谈|商谈|审批)(?=[，。；）)]|$)",
    r"未(?:定|决|明确|确定)(?=[，。；）)]|$)|(?<![前随])后补(?![偿贴习救])|择[期日](?:公布|确定|通知|商定)|以[^，。；]{1,8}通知为准|某(?:值|数|日)",
    r"另行(?:规定|明确|发文|下发|告知|补充|制定|公布|通知|商定|约定|确定|协商|议定)",
    (
        r"(?:后续|稍后|以后|日后|之后|另行|回头|到时候?|过后|改天|下次)再?(?:补充?|完善|确定|讨论|商定|商量|规定|定|议|问|填|告知|"
        r"通知为准)(?![了货单票房])"
    ),
    r"空着(?!的?(?:时|车|床|房|座|位|机))|留空|先留白|再(?:定|议|商量|商定)(?=[，。）)]|$)|暂定|暂缺|(?<![期时久经常])占位(?=[，。；）)|]|$)|某某",
)
GAP = Pattern(
    lambda: "|".join([*SIGNS, *(f"(?i:{one})" for one in ENGLISH), *CHINESE]),
)
CODE = Pattern(r"`[^`\n]+`")


def gap_in(text: str) -> str:
    """The words or signs of a missing decision; empty where there is none. Signs of code say nothing: `Paged[User]`."""
    found = GAP.search(CODE.sub(lambda span: re.sub(r"\W", "/", span[0]), text))
    return found[0] if found else ""
