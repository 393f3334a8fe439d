"""What follows from a resource, said in Chinese: title, requirement and criterion of each promise."""

from stages.design.blueprint.resources import Made


def in_chinese(r: Made) -> dict[str, tuple[str, str, str]]:
    """Kind of promise → its three texts. A resource and a field stand there by their names, as in the contract."""
    return {**_operations(r), **_asking(r), **_refusals(r)}


def _operations(r: Made) -> dict[str, tuple[str, str, str]]:
    it = f"“{r.words}”"
    return {
        "LIST": (
            f"列出{it}",
            f"当有权列出{it}的人请求列表时，服务应返回 200 和至多 100 条{it}，最新的在前。",
            f"给定三条{it}，当逐条翻页时，则每条恰好出现一次，最新的在前。",
        ),
        "ADD": (
            f"新增{it}",
            f"当有权新增{it}的人提交{it}时，服务应保存{it}并返回 201。",
            f"给定一条新的{it}，当它被提交时，则返回 201，且显示的每个字段与提交的相同。",
        ),
        "READ": (
            f"读取{it}",
            f"当有权读取{it}的人请求{it}时，服务应返回 200、各字段和版本号。",
            f"给定一条已保存的{it}，当它被请求时，则返回 200，且显示它的 id 和版本号。",
        ),
        "CHANGE": (
            f"修改{it}",
            f"当有权修改{it}的人给出所读的版本号时，服务应保存修改并返回 200 和下一个版本号。",
            f"给定一条已保存的{it}，当它被修改时，则返回 200、新的值和版本号 2。",
        ),
        "DELETE": (
            f"删除{it}",
            f"当有权删除{it}的人请求删除时，服务应删除{it}并返回 204。",
            f"给定一条已保存的{it}，当它被删除时，则返回 204，且它不再存在。",
        ),
        "MOVE": (
            f"变更{it}的状态",
            f"当有权变更{it}状态的人给出版本号和允许的下一状态时，服务应保存该状态并返回 200 和下一个版本号。",
            f"给定一条已保存的{it}，当它转入允许的下一状态时，则返回 200，且显示该状态。",
        ),
    }


def _asking(r: Made) -> dict[str, tuple[str, str, str]]:
    it = f"“{r.words}”"
    by = _named([*(one.words for one in r.filters), *(["state"] if r.by_state else [])])
    order, searched = _named([one.words for one in r.sorts]), _named([one.words for one in r.searched])
    return {
        "FILTER": (
            f"筛选{it}列表",
            f"当按{by}请求{it}列表时，服务应只返回符合的{it}。",
            f"给定两条{it}，当按其中一条的{by}筛选列表时，则另一条不出现。",
        ),
        "SORT": (
            f"排序{it}列表",
            f"当请求按{order}排序的{it}列表时，服务应只按该顺序返回。",
            f"给定三条{it}，当列表按{order}升序和降序排列时，则两种顺序都与值的顺序相同。",
        ),
        "SEARCH": (
            f"搜索{it}",
            f"当在{it}列表中搜索一段文字时，服务应只返回{searched}以该文字开头的{it}。",
            f"给定两条{it}，当搜索其中一条开头的文字时，则只有这一条出现。",
        ),
    }


def _refusals(r: Made) -> dict[str, tuple[str, str, str]]:
    it = f"“{r.words}”"
    apart = _named([*(one.words for one in r.single), *("＋".join(group) for group in r.said.unique)])
    names, users = _named([one.words for one in r.references]), _named([use.by.replace("_", " ") for use in r.refusing])
    per = f"“{r.per.words}”" if r.per else ""
    whens = "、".join(dict.fromkeys(state for one in r.gates for state in one.kind.when))
    selfs = _named([one.words for one in r.selfs])
    since, days = (r.keep.since.replace("_", " "), r.keep.days) if r.keep else ("", 0)
    states = f"、状态为{'或'.join(r.keep.states)}" if r.keep and r.keep.states else ""
    paces = "或".join(f" {within} 秒内 {calls} 次" for calls, within in r.paces)
    seconds = max((op.cache or 0 for op in r.ops), default=0)
    gates = _named([one.words for one in r.gates])
    own = _named([r.by_column(column).words for columns in r.own_named.values() for column in columns])
    return {
        "INVALID": (
            f"拒绝无效的{it}",
            f"如果{it}有缺失、未知或无效的字段，则服务应返回 422，且不保存任何内容。",
            f"给定一条新的{it}，当每次带一个错误的值提交时，则每次都返回 422。",
        ),
        "MISSING": (
            f"{it}不存在",
            f"如果没有该 id 的{it}，则服务应返回 404，且不改动任何内容。",
            f"给定一个没有{it}的 id，当对它尝试每种操作时，则每次都返回 404。",
        ),
        "VERSION": (
            f"不丢失对{it}的修改",
            f"如果给出的版本号与{it}的不同，则服务应返回 409，且不保存任何内容。",
            f"给定对同一版本{it}的 8 个同时的修改，当全部得到返回时，则一个为 200，七个为 409。",
        ),
        "ROLES": (
            f"其他角色不得操作{it}",
            f"如果请求者的角色无权这样操作{it}，则服务应返回 403，且不改动任何内容。",
            f"给定每个无权进行某项{it}操作的角色，当尝试该操作时，则返回 403。",
        ),
        "OWN": (
            f"保护他人的{it}",
            f"如果只有权操作自己的{it}的人请求他人的{it}，则服务应拒绝或不列出，且不改动任何内容。",
            f"给定他人的一条{it}，当只有权操作自己的人尝试每种操作时，则被拒绝或不出现在列表中。",
        ),
        "TWIN": (
            f"{it}的{apart}不得重复",
            f"如果另一条{it}有相同的{apart}，则服务应返回 409，且不保存任何内容。",
            f"给定一条已保存的{it}，当提交{apart}相同的另一条时，则返回 409。",
        ),
        "NAMED": (
            f"拒绝指向不存在对象的{it}",
            f"如果{it}所指的{names}不存在，则服务应返回 422，且不保存任何内容。",
            f"给定一条新的{it}，当它所指的{names}不存在时，则返回 422。",
        ),
        "THEIRS": (
            f"{it}不得指向他人的{own}",
            f"如果只能看到自己的{own}的人在{it}中指向他人的{own}，则服务应如同它不存在一样返回 422，且不保存任何内容。",
            f"给定他人的{own}，当提交指向它的{it}时，则返回 422。",
        ),
        "USED": (
            f"保留被引用的{it}",
            f"如果{users}仍指向{it}，则服务应以 409 拒绝删除，且保留它。",
            f"给定一条被{users}指向的{it}，当它被删除时，则返回 409，且它仍存在。",
        ),
        "STEP": (
            f"拒绝{it}不允许的状态变更",
            f"如果给出的状态不是{it}允许的下一状态，则服务应返回 409，且保留原状态。",
            f"给定一条{it}，当给出不允许的下一状态时，则返回 409，且状态不变。",
        ),
        "APART": (
            f"{it}在时间上不得重叠",
            f"如果一条{it}会与同一{per}的另一条在时间上重叠，则服务应返回 409，且不保存任何内容。",
            f"给定一条{it}，当为同一{per}提交一条在它结束前开始的{it}时，则返回 409。",
        ),
        "WHILE": (
            f"只在{gates}为 {whens} 时改动{it}",
            f"如果{it}的{gates}不是 {whens}，则服务应以 409 拒绝新增、修改和删除{it}，且不保存任何内容。",
            f"给定不是 {whens} 的{gates}，当新增、修改或删除它的{it}时，则返回 409，且没有任何变化。",
        ),
        "CIRCLE": (
            f"{it}不得位于自身之下",
            f"如果{it}的新{selfs}是它自身或位于它之下，则服务应返回 422，且不保存任何内容。",
            f"给定一条位于另一条之下的{it}，当上面一条的{selfs}改为下面一条时，则返回 422。",
        ),
        "LIMIT": (
            f"限制对{it}的请求次数",
            f"如果同一请求者对{it}的请求超过{paces}（见 `limits`），则服务应返回 429 和重试前的秒数。",
            f"给定已用完每个限额的请求者，当再次请求{it}时，则返回 429 和 Retry-After。",
        ),
        "KEEP": (
            f"清除过期的{it}",
            f"当保留期命令运行时，服务应清除“{since}”早于 {days} 天{states}且不再被引用的每条{it}。",
            f"给定早于 {days} 天和晚于 {days} 天的{it}各一条，当保留期命令运行时，则只剩下后一条。",
        ),
        "CACHE": (
            f"暂存{it}的应答，但不返回旧内容",
            f"当有内容被写入时，服务应从数据库应答下一个{it}请求，且任何应答的暂存不超过 {seconds} 秒。",
            f"给定一个暂存的{it}应答，当有内容被写入时，则下一个应答包含它。",
        ),
    }


def _named(names: list[str]) -> str:
    return "或".join(f"“{name}”" for name in dict.fromkeys(names))
