"""Guest: what was exported as Protocol Buffers, as OTLP's JSON. argv: ANSWER FILE…

Read by the definitions that the service's own exporter brings.
"""

import base64
import json
import sys
from pathlib import Path

try:
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
except ImportError as error:
    answer = {"problem": f"the service's interpreter can't read what it exports: {error}"}
else:

    def hexadecimal(found):
        """OTLP's JSON writes ids in hexadecimal digits, where that of Protocol Buffers has base64."""
        for resource in found.get("resourceSpans", []):
            for scope in resource.get("scopeSpans", []):
                for span in scope.get("spans", []):
                    for name in ("traceId", "spanId", "parentSpanId"):
                        if name in span:
                            span[name] = base64.b64decode(span[name]).hex()
        return found

    answer = {"sent": []}
    for name in sys.argv[2:]:
        message = ExportTraceServiceRequest()
        message.ParseFromString(Path(name).read_bytes())
        answer["sent"].append(hexadecimal(MessageToDict(message)))
Path(sys.argv[1]).write_text(json.dumps(answer), encoding="utf-8")
