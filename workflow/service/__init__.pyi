from workflow.service.adopt import Adopted, adopt
from workflow.service.background import cancel, log_tail, start_run
from workflow.service.catalogue import catalogue_of
from workflow.service.changes import Change, Since, changes_since
from workflow.service.choose import choose_service
from workflow.service.conduct import Request, check
from workflow.service.decide import Kind, approve_waiver, ask_waiver, assign, comment, sign, signature_of
from workflow.service.difference import Changed, Difference, Still, changed_documents, difference
from workflow.service.draft import Drafted, draft_from, write_json
from workflow.service.load import Shape, load_by_hand, stated_shape
from workflow.service.own import (
    back_up_ledger_of,
    earlier_ledger_of,
    ledger_of,
    own_path,
    reading_ledger_of,
    restore_ledger_of,
)
from workflow.service.people import Actor, Role, local_actor, signed_in
from workflow.service.records import Decided, write_decisions
from workflow.service.renew import Renewal, renewal, write_renewal
from workflow.service.save import save_artifacts, save_latest, save_report
from workflow.service.scaffold import new_service
from workflow.service.specify import (
    Proposal,
    SpecificationText,
    answer_changes,
    need_changes,
    next_criterion,
    next_id,
    propose,
    question_changes,
    read_specification_text,
    requirement_changes,
    write_specification,
)
from workflow.service.trace import Item, Traced, traced_service
from workflow.service.views import (
    Lamp,
    Overview,
    StageView,
    StepState,
    StepView,
    collecting,
    onward,
    overview,
    overview_elsewhere,
)

__all__ = [
    "Actor",
    "Adopted",
    "Change",
    "Changed",
    "Decided",
    "Difference",
    "Drafted",
    "Item",
    "Kind",
    "Lamp",
    "Overview",
    "Proposal",
    "Renewal",
    "Request",
    "Role",
    "Shape",
    "Since",
    "SpecificationText",
    "StageView",
    "StepState",
    "StepView",
    "Still",
    "Traced",
    "adopt",
    "answer_changes",
    "approve_waiver",
    "ask_waiver",
    "assign",
    "back_up_ledger_of",
    "cancel",
    "catalogue_of",
    "changed_documents",
    "changes_since",
    "check",
    "choose_service",
    "collecting",
    "comment",
    "difference",
    "draft_from",
    "earlier_ledger_of",
    "ledger_of",
    "load_by_hand",
    "local_actor",
    "log_tail",
    "need_changes",
    "new_service",
    "next_criterion",
    "next_id",
    "onward",
    "overview",
    "overview_elsewhere",
    "own_path",
    "propose",
    "question_changes",
    "read_specification_text",
    "reading_ledger_of",
    "renewal",
    "requirement_changes",
    "restore_ledger_of",
    "save_artifacts",
    "save_latest",
    "save_report",
    "sign",
    "signature_of",
    "signed_in",
    "start_run",
    "stated_shape",
    "traced_service",
    "write_decisions",
    "write_json",
    "write_renewal",
    "write_specification",
]
