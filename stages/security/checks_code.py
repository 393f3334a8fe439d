"""Security: what stands in the code and in the repository that should not?"""

import shlex
from collections.abc import Sequence

from runner.evidence.code.committed_secrets import CommittedSecret, CommittedSecrets
from runner.evidence.code.risky_code import SQL_RULE, Risk, RiskyCode
from runner.evidence.release.advisories import Advisories, Advisory
from runner.model import Verdict, check, failed, in_file, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.words import listed, plural


@check("SC051", step="4.2")
def no_sql_from_strings(code: RiskyCode) -> Verdict:
    """No SQL is built from strings.

    A value inside the text of a statement is part of the program: whoever chooses it reads and changes the database.
    Fix: bind values (`text("… WHERE name = :name")` with `{"name": name}`), or use `select(…).where(…)`; choose
    identifiers from a fixed list. A line that is safe says so with `# noqa: S608` and the reason.
    """
    return _clean(code, code.sql, say("no statement is put together from values"))


@check("SC052", step="4.2")
def no_unsafe_construct(code: RiskyCode) -> Verdict:
    """The code uses none of the constructs that are unsafe nearly everywhere.

    `pickle`, `eval`, a shell command from strings or unverified TLS turn input into code, or a secret into plain text.
    Fix: use the safe form (`yaml.safe_load`, a list of arguments without a shell, `timeout=`, `verify=True`); a line
    that is meant says so with `# noqa: <rule>` and the reason.
    """
    return _clean(code, code.others, say("no pickle, eval, shell, unverified TLS or the like"))


@check("SC061", step="4.2")
def no_process_makes_its_own_key(code: RiskyCode) -> Verdict:
    """No key that signs or encrypts is made by the process that uses it.

    Of two workers each refuses the tokens of the other, and every restart signs everybody out, or makes what was
    encrypted unreadable for ever. On a laptop, with one process, nothing of it is seen.
    Fix: take the key from a setting without a default, or refuse to start in production where nobody has set it.
    """
    if not code.keys:
        share_read = share(code.files, max(code.files, code.there), "Python file")
        return passed("no key that signs is made where it is used, or production refuses it", share_read)
    places = [
        in_file(risk.path, risk.line, say("{what}: {code}", what=risk.what, code=risk.code)) for risk in code.keys
    ]
    again = [f"sed -n {risk.line}p {risk.path}" for risk in code.keys[:3]]
    first = code.keys[0]
    return failed(
        say("{what}: {path}:{line}", what=first.what, path=first.path, line=first.line), at=places, again=again
    )


@check("SC053", step="4.1")
def no_committed_secret(secrets: CommittedSecrets) -> Verdict:
    """No secret stands in the repository.

    What was pushed once is in every clone and backup, and stays in the history after it was deleted.
    Fix: revoke the secret, read it from the environment, and keep the file out of git. A line that only looks like one
    says so with `# pragma: allowlist secret`.
    """
    which = say("files that git tracks") if secrets.tracked else say("files in the folder")
    if not secrets.found:
        meant = (
            say(
                "; {lines} allowlisted: {allowed}",
                lines=plural(len(secrets.allowed), "line"),
                allowed=listed(secrets.allowed),
            )
            if secrets.allowed
            else ""
        )
        what = say("file in git") if secrets.tracked else say("file in the folder")
        return passed(say("no key, token or password{meant}", meant=meant), share(secrets.files, secrets.there, what))
    places = [in_file(one.path, one.line, _told(one)) for one in secrets.found]
    first = secrets.found[0]
    what = first.name or first.kind
    message = say(
        "{secrets} in {files} {which}: {what} in {path}:{line}",
        secrets=plural(len(secrets.found), "secret"),
        files=secrets.files,
        which=which,
        what=what,
        path=first.path,
        line=first.line,
    )
    return failed(message, at=places, again=[f"detect-secrets scan --no-verify --all-files {first.path}"])


def _told(secret: CommittedSecret) -> str:
    return say("{kind}: {name}", kind=secret.kind, name=secret.name) if secret.name else secret.kind


@check("SC054", step="4.2")
def no_known_vulnerability(advisories: Advisories) -> Verdict:
    """No locked package has a known vulnerability.

    Advisories are public: whoever scans the internet for them knows the hole, and the request that opens it.
    Fix: raise the package to a version that mends it, and lock again. Where CI asks for advisories, say so in
    gonogo.toml (`[deployment] advisories = "ci"`): it is then left to that step.
    """
    if advisories.left_to_ci:
        return _left_to_ci(advisories)
    if not advisories.found:
        without = [
            say("{name} in {path}:{line}", name=name, path=path, line=line) for name, path, line in advisories.open
        ]
        said = say("; without a version, so not asked about: {without}", without=listed(without)) if without else ""
        return passed(
            say("no advisory ({source}){said}", source=advisories.source, said=said),
            share(advisories.asked, advisories.locked, "locked package"),
        )
    places = [
        in_file(
            one.path,
            one.line,
            say(
                "{package} {version}: {id}, mended in {mended}",
                package=one.package,
                version=one.version,
                id=one.id,
                mended=_mended(one),
            ),
        )
        for one in advisories.found
    ]
    first = advisories.found[0]
    count = len({(one.package, one.version) for one in advisories.found})
    message = say(
        "{count} of {locked} locked packages: {package} {version} has {id}",
        count=count,
        locked=advisories.locked,
        package=first.package,
        version=first.version,
        id=first.id,
    )
    return failed(message, at=places, again=[f"pip-audit --no-deps --disable-pip -s osv -r {shlex.quote(first.path)}"])


def _left_to_ci(advisories: Advisories) -> Verdict:
    step = next((one for one in advisories.scans if one.counts), None)
    unsure = next((one for one in advisories.scans if one.unsure), None)
    if step:
        looked = say("gonogo.toml, [deployment] advisories, and {path}:{line}", path=step.path, line=step.line)
        return not_applicable("left to CI, as gonogo.toml says: a step asks, and fails on what it finds", looked=looked)
    if unsure:
        return unknown(
            say(
                "left to CI, and it can't be told {unsure} ({path}:{line})",
                unsure=unsure.unsure,
                path=unsure.path,
                line=unsure.line,
            )
        )
    if advisories.elsewhere:
        return unknown(
            say(
                "left to CI, which is {elsewhere}: it is not read yet. Name a source of advisories",
                elsewhere=advisories.elsewhere,
            )
        )
    where = [in_file(one.path, one.line, one.problem) for one in advisories.scans]
    where = [in_file("gonogo.toml", note='[deployment] advisories = "ci"'), *where]
    why = say(": {problem}", problem=advisories.scans[0].problem) if advisories.scans else ""
    message = say("gonogo.toml says that CI asks for advisories, and no step of a workflow does{why}", why=why)
    return failed(message, at=where, again=["grep -rnE 'pip-audit|osv-scanner|safety' .github/workflows"])


def _mended(one: Advisory) -> str:
    return together(one.mended[:3], " or ") or say("no version")


def _clean(code: RiskyCode, risks: Sequence[Risk], claim: str) -> Verdict:
    if not risks:
        silenced = [where for rule, where in code.silenced if (rule == SQL_RULE) is (risks is code.sql)]
        meant = (
            say(
                "; {lines} silenced by noqa: {silenced}", lines=plural(len(silenced), "line"), silenced=listed(silenced)
            )
            if silenced
            else ""
        )
        return passed(
            say("{claim}{meant}", claim=claim, meant=meant),
            share(code.files, max(code.files, code.there), "Python file"),
        )
    places = [in_file(risk.path, risk.line, say("{what}: {code}", what=risk.what, code=risk.code)) for risk in risks]
    first = risks[0]
    message = say(
        "{places} in {files} files: {what} in {path}:{line}",
        places=plural(len(risks), "place"),
        files=code.files,
        what=first.what,
        path=first.path,
        line=first.line,
    )
    rules = ",".join(sorted({risk.rule for risk in risks if risk.ruff}))
    by_ruff = f"ruff check --isolated --ignore-noqa --select {rules} {first.path}"
    return failed(message, at=places, again=[by_ruff if first.ruff else f"sed -n {first.line}p {first.path}"])
