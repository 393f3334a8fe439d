"""The stages, in the order a team walks them, with gonogo's own checks and documents. It loads all of their code."""

from stages import database, deployment, design, performance, requirements, security, testing

STAGES = (
    requirements.STAGE,
    design.STAGE,
    database.STAGE,
    security.STAGE,
    testing.STAGE,
    performance.STAGE,
    deployment.STAGE,
)
