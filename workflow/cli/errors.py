"""How a task ends: GO 0, NO-GO 1, asked wrongly 2, our bug 3; stopped by a person 130."""

import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from invoke import Exit

from runner.errors import WorkflowError, lack_of
from runner.said import tell, told
from workflow.called import called_by

GO, NO_GO, ASKED_WRONGLY, OUR_BUG, STOPPED = 0, 1, 2, 3, 130


@contextmanager
def exit_codes(where: str = "", *, service: str = "") -> Iterator[None]:
    """Turn what happens inside into an exit code and a sentence; `where` says what a stopped run leaves.

    `service`: as it was typed, for the commands that the sentence names.
    """
    signal.signal(signal.SIGTERM, _stop)
    called = called_by(service)
    try:
        yield
    except Exit:
        raise
    except KeyboardInterrupt:
        raise Exit(called.text(f"\n{tell('Stopped.')} {told(where)}".rstrip()), code=STOPPED) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise Exit(code=STOPPED) from None
    except WorkflowError as error:
        raise Exit(called.text(told(str(error))), code=error.exit_code) from error
    except Exception as bug:
        if lack := lack_of(bug):
            raise Exit(told(lack), code=ASKED_WRONGLY) from bug
        traceback.print_exc()
        raise Exit(tell("This is a bug in gonogo, not in your service. Please report it."), code=OUR_BUG) from bug


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
