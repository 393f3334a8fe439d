"""What follows from a link between two resources? Each promise in English and Chinese, and of which operations."""

from dataclasses import dataclass

from stages.design.blueprint.links import Linked
from stages.design.blueprint.resources import Operation

Texts = tuple[str, str, str]  # title, requirement, criterion


@dataclass(frozen=True)
class Promise:
    """What is promised of these operations, to whom."""

    ops: tuple[Operation, ...]
    english: Texts
    chinese: Texts
    roles: tuple[str, ...] = ()  # all that may call them, where nothing is said


def of_link(link: Linked) -> dict[str, Promise]:
    """Kind of promise → what it says; only what is about something."""
    found = {**_doing(link), **_refusing(link)}
    return {what: promise for what, promise in found.items() if promise.ops}


def _doing(link: Linked) -> dict[str, Promise]:
    many, a, one = link.others, link.source.a, link.one
    it, its = f"“{link.source.words}”", f"“{link.name.replace('_', ' ')}”"
    return {
        "LIST": Promise(
            _of(link, "listed"),
            (
                f"List the {many} of {a}",
                (
                    f"When somebody who may list the {many} of {a} asks for them, the service shall answer 200 with"
                    f" at most"
                    f" 100 {many} that go with it, newest first."
                ),
                (
                    f"Given {a} with three {many}, when they are paged through one by one, then each appears once,"
                    f" newest"
                    " first."
                ),
            ),
            (
                f"列出{it}的{its}",
                f"当有权列出{it}的{its}的人请求列表时，服务应返回 200 和至多 100 条属于它的{its}，最新的在前。",
                f"给定有三条{its}的{it}，当逐条翻页时，则每条恰好出现一次，最新的在前。",
            ),
        ),
        "LINK": Promise(
            _of(link, "link"),
            (
                f"Link {one} to {a}",
                (
                    f"When somebody who may link {one} to {a} names both, the service shall store the pair once and"
                    f" answer"
                    " 204."
                ),
                (
                    f"Given {a} and {one}, when they are linked by eight requests at once, then each answer is 204"
                    f" and one"
                    " pair is stored."
                ),
            ),
            (
                f"把{its}关联到{it}",
                f"当有权关联的人指明{it}和{its}时，服务应只保存一次该关联并返回 204。",
                f"给定一条{it}和一条{its}，当八个请求同时关联它们时，则每次都返回 204，且只保存一个关联。",
            ),
        ),
        "UNLINK": Promise(
            _of(link, "unlink"),
            (
                f"Take {one} off {a}",
                (
                    f"When somebody who may take {one} off {a} names both, the service shall delete the pair alone and"
                    " answer 204."
                ),
                (
                    f"Given {a} with {one}, when it is taken off twice, then the answers are 204 and 404 and no pair is"
                    f" left."
                ),
            ),
            (
                f"解除{it}与{its}的关联",
                f"当有权解除关联的人指明{it}和{its}时，服务应只删除该关联并返回 204。",
                f"给定关联了{its}的{it}，当解除两次时，则先后返回 204 和 404，且不再有该关联。",
            ),
        ),
    }


def _refusing(link: Linked) -> dict[str, Promise]:
    many, a, words, one = link.others, link.source.a, link.source.words, link.one
    it, its = f"“{link.source.words}”", f"“{link.name.replace('_', ' ')}”"
    closed = link.closed
    return {
        "MISSING": Promise(
            link.ops,
            (
                f"Miss {a} or its {many}",
                (
                    f"If there is no {words} or no {link.name.replace('_', ' ')} of the id that is named, then the"
                    f" service"
                    " shall answer 404 and change nothing."
                ),
                (
                    f"Given an id that nothing has, when it is named for the {words} or for one of its {many}, then"
                    f" each"
                    " answer is 404."
                ),
            ),
            (
                f"{it}或它的{its}不存在",
                f"如果没有所指 id 的{it}或{its}，则服务应返回 404，且不改动任何内容。",
                f"给定一个没有对象的 id，当用它指{it}或{its}时，则每次都返回 404。",
            ),
        ),
        "ROLES": Promise(
            closed,
            (
                f"Keep other roles away from the {many} of {a}",
                (
                    f"If somebody whose role may not work on the {many} of {a} in this way asks, then the service shall"
                    " answer 403 and change nothing."
                ),
                (
                    f"Given each role that is refused an operation on the {many} of {a}, when it is tried, then the"
                    f" answer"
                    " is 403."
                ),
            ),
            (
                f"其他角色不得操作{it}的{its}",
                f"如果请求者的角色无权这样操作{it}的{its}，则服务应返回 403，且不改动任何内容。",
                f"给定每个无权进行某项{it}的{its}操作的角色，当尝试该操作时，则返回 403。",
            ),
            tuple(dict.fromkeys(role for op in closed for role in op.refused)),
        ),
        "OWN": Promise(
            link.own_ops,
            (
                f"Protect the {many} of {a} of others",
                (
                    f"If somebody who may only work on her own names {a} of another person for one of its {many},"
                    f" then the"
                    " service shall refuse it and change nothing."
                ),
                f"Given {a} of somebody else, when each operation on its {many} is tried, then it is refused.",
            ),
            (
                f"保护他人的{it}的{its}",
                f"如果只有权操作自己的{it}的人指明他人的{it}，则服务应拒绝，且不改动任何内容。",
                f"给定他人的一条{it}，当尝试对它的{its}的每种操作时，则都被拒绝。",
            ),
            link.own_roles,
        ),
        "THEIRS": Promise(
            link.their_ops,
            (
                f"Show nobody the {many} of others by way of {a}",
                (
                    f"If somebody who sees only her own {link.target.many} names that of another in {a}, then the"
                    f" service"
                    " shall answer 404 or leave it out as if it were not there."
                ),
                (
                    f"Given {a} with {one} of somebody else, when it is listed, linked and taken off, then it is as"
                    f" if it"
                    " were not there."
                ),
            ),
            (
                f"不得经由{it}看到他人的{its}",
                f"如果只能看到自己的{its}的人在{it}中指向他人的{its}，则服务应如同它不存在一样返回 404 或不列出。",
                f"给定关联了他人的{its}的{it}，当列出、关联和解除时，则如同它不存在一样。",
            ),
            tuple(role for role in link.theirs if any(role in op.allowed for op in link.their_ops)),
        ),
        "SELF": Promise(
            _of(link, "link") if link.with_itself else (),
            (
                f"Link {a} to no such thing as itself",
                f"If somebody links {a} to itself, then the service shall answer 422 and store nothing.",
                f"Given {a}, when it is linked to itself, then the answer is 422 and no pair is stored.",
            ),
            (
                f"{it}不得与自身关联",
                f"如果有人把{it}与它自身关联，则服务应返回 422，且不保存任何内容。",
                f"给定一条{it}，当把它与自身关联时，则返回 422，且不保存任何关联。",
            ),
        ),
    }


def _of(link: Linked, kind: str) -> tuple[Operation, ...]:
    return tuple(op for op in link.ops if op.kind == kind)
