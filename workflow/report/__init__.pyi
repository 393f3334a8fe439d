from workflow.report.as_annotations import as_annotations
from workflow.report.as_html import as_html
from workflow.report.as_json import as_json
from workflow.report.as_junit import as_junit
from workflow.report.as_markdown import as_markdown
from workflow.report.as_sarif import as_sarif
from workflow.report.as_text import (
    blocker_lines,
    headline,
    heads,
    last_line,
    look_lines,
    notes,
    record_lines,
    stage_line,
    whole_record,
)
from workflow.report.catalogue import catalogue
from workflow.report.outline import StageReport, stages_of

__all__ = [
    "StageReport",
    "as_annotations",
    "as_html",
    "as_json",
    "as_junit",
    "as_markdown",
    "as_sarif",
    "blocker_lines",
    "catalogue",
    "headline",
    "heads",
    "last_line",
    "look_lines",
    "notes",
    "record_lines",
    "stage_line",
    "stages_of",
    "whole_record",
]
