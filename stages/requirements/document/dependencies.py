"""Which sentences lean on something that can fail, with no sentence that says what happens then?"""

import re
from collections.abc import Iterator, Sequence

from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found, Kind, Sentence
from stages.requirements.document.terms import Terms
from stages.requirements.document.units import Block

THING = (
    r"(?:systems?|servers?|services?|regist(?:er|ry|ries)|portals?|gateways?|interfaces?|apis?|catalogues?|catalogs?|"
    r"platforms?|providers?|databases?|directory|feeds?|exchange|hub|bureau|backend|terminals?|clouds?|software|"
    r"network|program(?:me)?s?|gauges?|probes?|masts?|buoys?|beacons?|cameras?|weighbridges?|"
    r"turnstiles?|(?:weather |base |ground )stations?|sensors?|links?|lines?|analy[sz]ers?|instruments?|scanners?|"
    r"trackers?|bank|ledger|authority|agency)"
)
NAMED = (
    r"(?:paypal|stripe|visa|mastercard|klarna|datev|sap|salesforce|active directory|ldap|google maps|schufa|elster|"
    r"dhl|ups|fedex)"
)
AIR = r"(?:bluetooth|wi-?fi|lorawan|zigbee|[45]g|gsm|mqtt|the (?:internet|mobile network|satellite link))"
OUTSIDE = Pattern(
    r"\b(?:import|export|transfer|transmit|pass|send|report|sync\w*|forward|upload|submit|fetch|retriev|obtain|"
    r"receiv|check|verif|query|queri|compare|validat|look|read(?!ings?\b)|load|pull|push|take|get|hand|deliver|post|exchange|"
    r"connect|book|updat|register|request|cop|com(?=e|ing)|go(?=es|\b)|flow|arriv|land|feed|fed|stream|talk|speak|"
    r"deposit|bill|sign|log|authenticat|identif)\w*\b"
    rf"[^.;,]*?\b(?:to|from|with|against|via|through|by|in|at|into|using|of|over)\s+(?P<what>(?:the|an?|our|its|"
    rf"their|every)\s+(?:(?!(?:and|or|but|then)\b)[a-z-]+(?:'s)? ){{0,3}}?{THING}\b|(?:the )?{NAMED}\b|{AIR}\b)",
    re.IGNORECASE,
)
VIA = Pattern(
    rf"\b(?:through|via)\s+(?P<what>(?:the|an?|our|its|their)\s+(?:[a-z-]+(?:'s)? ){{0,3}}?{THING}\b)", re.IGNORECASE
)
ASKS = Pattern(
    rf"\b(?:ask|quer|call|consult|use)\w*\s+(?P<what>(?:the|an?)\s+(?:[a-z-]+ )?(?:[a-z]+(?:'s)? )?{THING})\b",
    re.IGNORECASE,
)
# "The system obtains the forecast from the Met Office": an organisation that data come from, by name or by kind.
FETCHES = Pattern(
    r"\b(?i:obtain|fetch|retriev|import|download|pull|quer(?:y|ies)|load|receiv|get|take)(?:s|es|ed|e)?\b[^.;,]*? "
    r"(?i:data|forecasts?|readings?|rates?|records?|lists?|figures|details|prices?|numbers?|status|addresses|results?|"
    r"alerts?|warnings?|certificates?|timetables?|schedules?|positions?)\b[^.;,]*? (?:from|of) (?P<what>"
    r"(?:the )?[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)+|(?i:(?:the|an?) (?:[a-z-]+ ){0,3}(?:institutes?|ministry|council|"
    r"observatory|society|insurer|carrier|airline|office|exchange|laboratory|company|supplier|operator)\b))"
)
BY_A_PROGRAM = Pattern(
    r"(?:[Tt]he |[Oo]ur )?(?:[\w-]+ ){0,2}(?i:system|service|app|application|program|platform|software|tool) "
)
PAYS = Pattern(
    r"\b(?P<what>(?:pays?|paid|(?:buys?|purchases?|tops? up|renews?)(?= [^.;]* (?:with|by|via|using) )|"
    r"payments?|(?:is|are|be) (?:charged|debited|held|blocked|reserved|taken|authori[sz]ed)(?= (?:on|from|"
    r"to|against)\b)|(?:is|are|be) (?:charged|debited)|charges?|debits?|collects?|"
    r"takes?(?= [^.;]{0,40} by )|accepts?(?= [^.;]{0,20} by ))"
    r"\b[^.;]{0,50}?\b(?:by|via|with|through|from|to|on|against|using|online)?\s*(?:the |an? |her |his |"
    r"their |my |our )?(?:credit "
    r"cards?|debit cards?|cards?|paypal|direct debit|bank accounts?|online|sepa|(?:[a-z]+(?:'s)? )?payment "
    r"(?:page|provider|service|gateway)|invoice amount|deposit by card|"
    r"wallet|account balance|(?:apple|google|samsung|wechat|amazon) pay|alipay|twint|contactless))\b",
    re.IGNORECASE,
)
FAILS = Pattern(
    r"\b(?:fail\w*|refus\w*|reject\w*|declin\w*|unavailable|not available|unreachable|not reachable|(?:can(?:not|"
    r"'t)|could not) be (?:reached|read|sent|delivered|charged|collected|made)|(?:is|are|goes) (?:down|offline)|"
    r"offline|outage|time[sd]? ?out|error|no (?:answer|connection|network|reply|response)|does(?: not|n't) "
    r"(?:answer|respond|succeed|go through|arrive)|unsuccessful|bounces?|retr(?:y|ies|ied)|insufficient|not "
    r"(?:been )?paid|out of stock|lost|interrupted|breaks? (?:off|down)|goes wrong|without (?:a )?(?:network|"
    r"connection)|manually|on paper|buffers?|catch(?:es)? up|re-?sen[dt]s?|again (?:later|within|after|"
    r"in|every)|tries? again|roll(?:ed|s)? "
    r"back|rollback|invalid|mismatch\w*|arrears|no payment|fallback|falls back|says? no|(?:keeps? |"
    r"stays? )?silen(?:t|ce)|turned down|"
    r"turns? (?:it )?down|hangs|stuck|"
    r"(?:never|not) (?:arrive|come|get through)\w*|dead|broken)\b",
    re.IGNORECASE,
)
ANY_FAILS = Pattern(
    r"\b(?:any|an|all|every|each|one of the) (?:external |outside |other )?(?:interfaces?|connections?|systems?|"
    r"services?|imports?|exports?|transfers?|dependenc(?:y|ies))\b"
    r"|(?:任何|任一|所有|外部|其他|各)\S{0,4}(?:接口|系统|网络|平台|连接)|(?:^|[，。；])(?:断网|网络(?:中断|异常|故障|不通))(?!时?(?:闸机|终端|设备|手持机|柜|门禁|桩))",
    re.IGNORECASE,
)
CHINESE_OUTSIDE = Pattern(
    r"(?P<what>(?:通过|调用|由|走(?:的是)?|凭|调(?![整度查解休动配价试研取])|经由?|利用|使用|从|向|与|和|跟|到(?![期达位货场店]|\S{0,3}的)|接入|对接|联动|连接|给|同步)"
    r"[^，。；、]{0,14}?(?:接口|平台|核心系统|[\u4e00-\u9fff]{1,8}(?<!本)(?<!自己的)(?<![由后时则将把被让前即])系统|"
    r"网关|服务器|中心|数据库|移动网络|无线网络|互联网|蓝牙|[345]G|支付宝|微信支付|聚合支付|银联|征信|人脸识别|"
    r"税务局?|医保|社保|(?:终端|仪器?|传感器|[水电气地]表|地磅|摄像头|闸机|网关)(?=[^，。；]{0,4}(?:取|采|读|拉|获|传|同步|上报|接收))|身份认证|单点登录|"
    r"认证中心|(?:地图|天气|定位|识别|翻译|短信|推送|云|征信|查询|校验)服务)[^，。；]{0,14})"
)
CHINESE_PASSES = Pattern(
    r"(?P<what>(?:(?:上传|同步|推送|报送)(?=[\u4e00-\u9fff]{2,6}(?:平台|系统|服务器|云端))|(?:上传|推送|同步|传送|传输|提交|发送|导出|上报|报送|共享|回传|归集|传|推|"
    r"报)[到至给]|上报|报送|导入|写入|对接)[^，。；]{0,8}(?:平台|系统|服务器|"
    r"[省市区县国]\S{0,6}局|中心|网|云端?|总部|分行|总行))"
)
CHINESE_PAYS = Pattern(
    r"(?P<what>(?:从|通过|用|以)?[^，。；]{0,8}?(?:扣费|扣款(?!明细|记录|金额|次数|顺序|单)|代扣|划扣|在线支付|网上支付|"
    r"(?<!脸、)(?<!码、)刷卡(?!、(?:刷脸|扫码|指纹)|[^，。；]{0,4}(?:进|出|开门|打卡|签到|考勤|识别))|自动续费|(?:从|账户|余额|银行卡|钱包)[^，。；]{0,10}扣除|"
    r"(?:账户|微信|支付宝|银行卡|信用卡|钱包)[^，。；]{0,4}(?:冻结|预授权)))"
)
CHINESE_PAYS_BY = Pattern(
    r"(?P<what>(?:通过|用|使用)(?:[^，。；]{1,8}(?:支付|付款|缴费|购票|充值|结账|结算)|(?:支付宝|微信|银联|云闪付|银行卡|信用卡|"
    r"数字人民币)[^，。；]{0,3}[付缴交])[^，。；]{0,4})"
)
# From whom something is fetched, by the kind of organisation.
CHINESE_FETCHES = Pattern(
    r"(?P<what>(?:从|向|由)[^，。；、]{1,14}?(?:服务商|供应商|运营商|承运商|银行|机构|公司|厂家|厂商|部门|物流|第三方|"
    r"[省市区县国]\S{0,6}局|[\u4e00-\u9fff]{2,4}[局厅署]|[\u4e00-\u9fff]{2,4}(?<![入出冷仓水金])库)[^，。；、]{0,4}"
    r"(?:获取|取得|拉取|读取|接收|同步|下载|查询|调取|核验|核对|取回|调阅|导入))"
)
CHINESE_NETWORK = Pattern(r"(?P<what>(?:上传|上报|回传)(?:一次)?[^，。；]{0,6}(?:位置|数据|读数|心跳|状态|照片|记录))")
CHINESE_FAILS = Pattern(
    r"失败|异常|不通|中断|超时|未返回|不可用|断网|离线|故障(?!码|单|报告|类型|现象|率|信息|记录|描述|申报|报修|登记|部位)|不足|拒绝|不上(?!学|课|班)|不出去|重试|"
    r"重新传|[扣付传连收送推]不[成了上到出通]|未缴|欠费|没[付交缴]|补录|手工|重[发传试]|再[试发]|缓存|暂存|改用|纸质|线下|没(?:扣|付|传|连|收|送|推)?(?:成功?|到|上|通|反应)|"
    r"坏了|挂了|出错|错误|无法|未能|不成功|没有成功|未成功|未支付|没有支付|信号|补传|未到账|取消支付|降级|人工"
)


def uncovered(sentences: Sequence[Sentence], terms: Terms) -> dict[int, Found]:
    """Number of the sentence → what can fail in it."""
    found: dict[int, Found] = {}
    told: list[str] = []
    products = _products(sentences) | terms.products
    for number, sentence in enumerate(sentences):
        if sentence.kind not in {Kind.FUNCTIONAL, Kind.CONSTRAINT}:
            continue
        for topic, what in _leans_on(sentence, products):
            if topic not in told and not _covered(sentences, number, topic, what):
                found[number] = Found(defect=Defect.NO_FAILURE_CASE, span=what)
                told.append(topic)
                break
    return found


ACTS = Pattern(
    rf"^(?:the|our|this) (?P<name>(?:[a-z-]+ ){{0,3}}?{THING}) (?:(?:shall|must|should|will|can|may|"
    rf"has to|needs to)\b|[a-z]+s\b)",
    re.IGNORECASE,
)


def _products(sentences: Sequence[Sentence]) -> frozenset[str]:
    """What is told to do something is what shall be built, and no dependency: "the lab register shall …"."""
    acting = (ACTS.match(one.unit.said) for one in sentences if one.obliges)
    return frozenset(match["name"].lower() for match in acting if match)


def _leans_on(sentence: Sentence, products: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(what it is about, the words): the outside system, the payment, the network."""
    said = sentence.unit.said
    if sentence.unit.chinese:
        yield from _chinese(
            said,
            time=bool(
                re.search(
                    r"每\s*[\d一二三四五六七八九十半]*\s*(?:秒|分钟|小时|天|日|晚)|实时|定时|离开|"
                    r"启动|结束|自动|司机|手机|设备|电表|终端|车辆|传感",
                    said,
                )
            ),
        )
        return
    if (match := PAYS.search(said)) and not re.search(r"\b(?:not|cannot|never|refund\w*)\b", said):
        yield "pay", match["what"]
    if BY_A_PROGRAM.match(said) and (match := FETCHES.search(said)):
        yield match["what"].split()[-1], match[0]
    for pattern in (OUTSIDE, ASKS, VIA):
        if (
            (match := pattern.search(said))
            and not (_is_itself(match["what"]) and not OF_OTHERS.match(said, match.end("what")))
            and match["what"].split(maxsplit=1)[-1].lower() not in products
            and not re.match(r".*\b(?:format|as (?:csv|pdf|excel))\b", match["what"])
        ):
            words = re.sub(r"^(?:the|an?|our|its|their|every) ", "", match["what"], flags=re.IGNORECASE).split()
            yield words[-2] if len(words) > 1 else words[-1], match[0]


# "The interface of the customs authority" is not the product's own.
OF_OTHERS = Pattern(
    r" (?:of|run by|operated by) (?:the |an? )?(?:[a-z-]+ ){0,3}(?:authority|authorities|agency|office|bank|provider|"
    r"ministry|council|carrier|company|insurer|society|association|government|administration)\b",
    re.IGNORECASE,
)


def _is_itself(what: str) -> bool:
    """The product is no dependency of its own."""
    return bool(
        re.fullmatch(
            r"(?:the|an?|our|its|their|every)\s+(?:new |whole |same |lending |booking |leave |"
            r"online )?(?:system|program|programme|"
            r"service|platform|software|register|tool|database|portal|interface|network|catalogue|catalog|app|"
            r"provider|services|systems)",
            what,
            re.IGNORECASE,
        )
    )


def _chinese(said: str, *, time: bool) -> Iterator[tuple[str, str]]:
    if re.search(r"不得|不能|不允许|不再|(?<!原路)退回(?!.*(?:接口|网关))|^支持|没关系|无关", said):
        return
    if match := CHINESE_PAYS.search(said) or CHINESE_PAYS_BY.search(said):
        yield "支付", match["what"]
    if (match := CHINESE_OUTSIDE.search(said)) and not re.match(
        r"(?:在|向|到|给|与|和|从|通过|使用)?(?:本|该|新)?(?:系统|平台|小程序|服务|后台)", match["what"]
    ):
        yield match["what"][2:6], match["what"]
    for passes in (CHINESE_PASSES, CHINESE_FETCHES):
        if match := passes.search(said):
            yield match["what"][2:6], match["what"]
    if time and (match := CHINESE_NETWORK.search(said)):
        yield "网络", match["what"]


def _covered(sentences: Sequence[Sentence], number: int, topic: str, what: str) -> bool:
    """The same sentence, one beside it, or one about the same thing says what happens when it fails."""
    for other, sentence in enumerate(sentences):
        said = sentence.unit.said
        fails = CHINESE_FAILS if sentence.unit.chinese else FAILS
        if not fails.search(said):
            continue
        if other != number and any(found.defect is Defect.UNMEASURABLE for found in sentence.found):
            continue
        if other == number or (_goes_on(sentences, number, other) and not _is_about_another(topic, what, sentence)):
            return True
        if _is_about(topic, what, sentence):
            return True
    return False


def _is_about_another(topic: str, what: str, sentence: Sentence) -> bool:
    """It leans on something of its own, and what fails is that."""
    said = sentence.unit.said
    others = {name for name, _ in _leans_on(sentence, frozenset()) if name != topic}
    if sentence.unit.chinese:
        named = [match["name"] for match in OTHER_NAME.finditer(said) if match["name"] not in EVERY_NAME]
        return bool(others or named) and not _shared(what, said)
    return bool(others)


SPEAKS_OF_IT = Pattern(
    r"(?:if|when|should|in case|on|upon|after|otherwise|until|where|failed|a failed|any|that|this|it|they|these|"
    r"those)\b|\b(?:it|they|this|that)\b",
    re.IGNORECASE,
)


def _goes_on(sentences: Sequence[Sentence], number: int, other: int) -> bool:
    """The next or last sentence; of a list or a table, only where it says that it speaks of the same."""
    unit, beside = sentences[number].unit, sentences[other].unit
    if abs(other - number) != 1 or unit.group != beside.group:
        return False
    return unit.block is Block.PARAGRAPH or unit.chinese or bool(SPEAKS_OF_IT.match(beside.said))


TOPICS = {
    "pay": re.compile(r"\b(?:pay\w*|card|charge\w*|debit\w*|paid|unpaid)\b", re.IGNORECASE),
    "支付": re.compile(r"支付|付款|扣款|扣费|缴费|余额(?!.*充值)"),
    "网络": re.compile(r"断网|网络|信号|离线|补传"),
}


def _is_about(topic: str, what: str, sentence: Sentence) -> bool:
    said = sentence.unit.said
    if topic in TOPICS:
        return bool(TOPICS[topic].search(said)) and not (topic == "支付" and "充值" in said)
    if sentence.unit.chinese:
        return _shared(what, said)
    return bool(re.search(rf"\b{re.escape(topic)}", said, re.IGNORECASE) or ANY_FAILS.search(said))


THING_IN_CHINESE = Pattern(r".*?(?:接口|平台|系统|网关|服务器|数据库)")
EVERY_NAME = frozenset({"系统", "外部", "任何", "任一", "所有"})
OTHER_NAME = Pattern(r"(?P<name>[\u4e00-\u9fff]{2})(?:平台|接口|系统|网关)")


def _shared(what: str, said: str) -> bool:
    named = [match["name"] for match in OTHER_NAME.finditer(said) if match["name"] not in EVERY_NAME]
    if named and not any(name in what for name in named):
        return False
    if thing := THING_IN_CHINESE.match(what):  # what is asked for there has other failures of its own
        what = thing[0]
    pairs = {what[n : n + 2] for n in range(len(what) - 1)} - {
        "系统",
        "平台",
        "接口",
        "通过",
        "同步",
        "数据",
        "信息",
        "一次",
        "每天",
        "客户",
        "核验",
        "服务",
    }
    return any(pair in said for pair in pairs) or bool(ANY_FAILS.search(said))
