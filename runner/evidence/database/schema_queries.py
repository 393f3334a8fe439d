"""The questions to PostgreSQL's catalogue. Each row names its table, with the schema unless that is `public`."""

# ruff: noqa: S608 - the parts are constants of this file

NAME = "CASE n.nspname WHEN 'public' THEN {0}.relname ELSE n.nspname || '.' || {0}.relname END"
OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
NOT_OF_AN_EXTENSION = "NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = {0}.oid AND x.deptype = 'e')"

TABLES = f"""
SELECT {NAME.format("c")} AS name, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {OURS} AND NOT c.relispartition AND {NOT_OF_AN_EXTENSION.format("c")}
ORDER BY 1
"""

COLUMNS = f"""
SELECT {NAME.format("c")} AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable,
       CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END AS default,
       a.attidentity <> '' OR a.attgenerated <> '' OR d.adbin IS NOT NULL AS filled,
       coalesce(col_description(c.oid, a.attnum), '') AS comment
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND {OURS} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""

CONSTRAINTS = f"""
SELECT {NAME.format("c")} AS table, k.conname AS name,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'f' THEN 'foreign key' WHEN 'u' THEN 'unique'
                      WHEN 'c' THEN 'check' ELSE 'exclusion' END AS kind,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY place) AS columns,
       pg_get_constraintdef(k.oid) AS definition,
       coalesce((SELECT CASE tn.nspname WHEN 'public' THEN t.relname
                        ELSE tn.nspname || '.' || t.relname END
                 FROM pg_class t JOIN pg_namespace tn ON tn.oid = t.relnamespace
                 WHERE t.oid = k.confrelid), '') AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY place) AS target_columns,
       CASE WHEN k.contype <> 'f' THEN '' ELSE
         CASE k.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
                            WHEN 'n' THEN 'set null' ELSE 'set default' END END AS on_delete,
       k.convalidated AS validated
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND k.contype IN ('p', 'f', 'u', 'c', 'x') AND k.conparentid = 0 AND NOT c.relispartition
ORDER BY 1, k.contype, k.conname
"""

INDEXES = f"""
SELECT {NAME.format("c")} AS table, i.relname AS name,
       ARRAY(SELECT coalesce(a.attname::text, '') FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u(num, place)
             LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.num AND u.num > 0
             WHERE place <= x.indnkeyatts ORDER BY place) AS columns,
       pg_get_indexdef(i.oid) AS definition, x.indisunique AS unique, pg_get_expr(x.indpred, x.indrelid) AS predicate,
       x.indisvalid AS valid, m.amname AS method, x.indnatts - x.indnkeyatts AS included,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')) AS of_constraint,
       NOT EXISTS (SELECT FROM unnest(x.indclass::oid[]) AS o(id) JOIN pg_opclass p ON p.oid = o.id
                   WHERE NOT p.opcdefault) AS plain
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = i.relam
WHERE {OURS} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1, i.relname
"""

EXTRAS = f"""
SELECT 'trigger' AS kind, c.relname || '.' || t.tgname AS name, pg_get_triggerdef(t.oid) AS definition,
       {NAME.format("c")} AS table
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {OURS} AND t.tgparentid = 0
UNION ALL
SELECT 'function', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       CASE p.prokind WHEN 'a' THEN '' ELSE pg_get_functiondef(p.oid) END, ''
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS} AND {NOT_OF_AN_EXTENSION.format("p")}
UNION ALL
SELECT 'enum type', t.typname, (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
                                FROM pg_enum e WHERE e.enumtypid = t.oid), ''
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {OURS} AND {NOT_OF_AN_EXTENSION.format("t")}
UNION ALL
SELECT 'domain', t.typname, format_type(t.typbasetype, t.typtypmod), ''
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND {OURS} AND {NOT_OF_AN_EXTENSION.format("t")}
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'sequence' END, {NAME.format("c")},
       CASE c.relkind WHEN 'S' THEN '' ELSE pg_get_viewdef(c.oid) END, ''
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm', 'S') AND {OURS} AND {NOT_OF_AN_EXTENSION.format("c")}
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid AND x.deptype IN ('a', 'i'))
UNION ALL
SELECT 'extension', e.extname, '', '' FROM pg_extension e WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT 'schema', n.nspname, '', '' FROM pg_namespace n WHERE {OURS} AND n.nspname <> 'public'
ORDER BY 1, 2, 3
"""
