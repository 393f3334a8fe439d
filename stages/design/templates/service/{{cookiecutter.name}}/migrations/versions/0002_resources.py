"""{{cookiecutter.migration}}"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    {% for r in cookiecutter.made %}
    create_{{r.plural}}()
    {% endfor %}

{% for r in cookiecutter.made %}

def create_{{r.plural}}() -> None:
    op.create_table(
        "{{r.plural}}",
        {% if not r.is_link %}
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        {% endif %}
        {% if r.owned %}
        sa.Column("owner_id", BIG_ID, nullable=False),
        {% endif %}
        {% for one in r.fields %}
        sa.Column("{{one.column}}", {{one.migrated}}, nullable={{one.optional}}),
        {% endfor %}
        {% if r.states %}
        sa.Column("state", sa.String({{r.states|map("length")|max}}), nullable=False),
        {% endif %}
        {% if r.is_link %}
        sa.PrimaryKeyConstraint("{{r.source_column}}", "{{r.column}}", name="pk_{{r.plural}}"),
        {% else %}
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_{{r.plural}}"),
        {% endif %}
        {% if r.owned %}
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_{{r.plural}}_owner_id_users", ondelete="RESTRICT"),
        {% endif %}
        {% for one in r.references %}
        sa.ForeignKeyConstraint(["{{one.column}}"], ["{{one.table}}.id"], name="fk_{{r.plural}}_{{one.column}}_{{one.table}}", ondelete="{{one.rule}}"),
        {% endfor %}
        {% for one in r.single %}
        sa.UniqueConstraint("{{one.column}}", name="uq_{{r.plural}}_{{one.column}}"),
        {% endfor %}
        {% for columns in r.together if not r.is_link %}
        sa.UniqueConstraint({% for one in columns %}"{{one}}", {% endfor %}name="uq_{{r.plural}}_{{columns|join("_")}}"),
        {% endfor %}
        {% for name, sql in r.checks %}
        sa.CheckConstraint("{{sql}}", name=op.f("ck_{{r.plural}}_{{name}}")),
        {% endfor %}
    )
    {% for columns in r.indexes %}
    op.create_index("ix_{{r.plural}}_{{columns|join("_")}}", "{{r.plural}}", [{% for one in columns %}"{{one}}"{{ ", " if not loop.last }}{% endfor %}])
    {% endfor %}
    {% for one in r.searched %}
    op.create_index(
        "ix_{{r.plural}}_{{one.column}}_begins",
        "{{r.plural}}",
        ["{{one.column}}"],
        postgresql_ops={"{{one.column}}": "text_pattern_ops"},
    )
    {% endfor %}

{% endfor %}

def downgrade() -> None:
    {% for r in cookiecutter.made|reverse %}
    {% for one in r.searched|reverse %}
    op.drop_index("ix_{{r.plural}}_{{one.column}}_begins", table_name="{{r.plural}}")
    {% endfor %}
    {% for columns in r.indexes|reverse %}
    op.drop_index("ix_{{r.plural}}_{{columns|join("_")}}", table_name="{{r.plural}}")
    {% endfor %}
    op.drop_table("{{r.plural}}")
    {% endfor %}
