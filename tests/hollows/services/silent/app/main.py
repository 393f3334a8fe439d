"""An app that serves nothing and tells nothing."""

from fastapi import FastAPI

app = FastAPI(title="silent", openapi_url=None)
