"""A guest that answers question after question: loaded once, asked many times."""

import json
import os
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.errors import ProbeError
from runner.processes.process import Runner
from runner.said import say, together


class Conversation:
    """One guest process. Its first arguments are the numbers of two file descriptors: questions in, answers out."""

    def __init__(
        self, runner: Runner, argv: Sequence[str], args: Sequence[str], cwd: Path, env: Mapping[str, str]
    ) -> None:
        asked, self._questions = os.pipe()
        self._answers, said = os.pipe()
        try:
            words = [*argv, str(asked), str(said), *args]
            self.process = runner.start(words, cwd=cwd, env=env, pass_fds=(asked, said))
        except Exception:
            os.close(self._questions)
            os.close(self._answers)
            raise
        finally:
            os.close(asked)
            os.close(said)
        self._runner = runner

    def ask(self, timeout: float = 60, *, words: Sequence[str]) -> dict[str, Any]:
        """The answer. Raises `ProbeError` when there is none in time, or the guest has ended."""
        deadline = time.monotonic() + timeout
        try:
            os.write(self._questions, json.dumps({"words": list(words)}).encode() + b"\n")
        except OSError as error:
            raise ProbeError(say("the service's interpreter ended: {tail}", tail=self.process.tail())) from error
        heard = b""
        while not heard.endswith(b"\n"):
            if not select.select([self._answers], [], [], 0.5)[0]:
                if time.monotonic() > deadline:
                    raise ProbeError(
                        say(
                            "`{words}` did not end within {timeout} s: {tail}",
                            words=together(words, " "),
                            timeout=f"{timeout:.0f}",
                            tail=self.process.tail(1),
                        )
                    )
                continue
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise ProbeError(say("the service's interpreter ended: {tail}", tail=self.process.tail()))
            heard += part
        answer: dict[str, Any] = json.loads(heard)
        return answer

    def close(self) -> None:
        os.close(self._questions)
        os.close(self._answers)
        self.process.stop(2)
        self._runner.forget(self.process)
