"""Owners and grants. They are objects of their own, so that who does not care about them leaves them out.

Privileges that an owner has are listed for "its owner": a change of owner is one difference, not two.
"""

from __future__ import annotations

from typing import LiteralString

from caravan.catalog import functions, relations, sequences, types

_OBJECTS: LiteralString = (
    "SELECT 'schema' AS kind, n.nspname AS schema, ARRAY[]::text[] AS name, n.nspowner AS owner,"
    " coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl FROM pg_namespace n"
    " UNION ALL SELECT "
    + relations.KIND
    + ", n.nspname, ARRAY[c.relname::text], c.relowner,"
    + " coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))"
    + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    + " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND "
    + sequences.OWN
    + " UNION ALL SELECT "
    + functions.KIND
    + ", n.nspname, "
    + functions.NAME
    + ", p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))"
    + " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE "
    + functions.OWN
    + " UNION ALL SELECT "
    + types.KIND
    + ", n.nspname, ARRAY[t.typname::text], t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))"
    + " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE "
    + types.OWN
)
_GRANTEE: LiteralString = "CASE a.grantee WHEN 0 THEN 'PUBLIC' WHEN o.owner THEN 'its owner' ELSE pg_get_userbyid(a.grantee)::text END"
_PRIVILEGES: LiteralString = (
    "string_agg(a.privilege_type || CASE WHEN a.is_grantable AND a.grantee <> o.owner"
    " THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY a.privilege_type)"
)

QUERY: LiteralString = (
    "WITH objects AS MATERIALIZED (SELECT * FROM ("
    + _OBJECTS
    + ") everything WHERE schema = ANY (%(schemas)s))"
    + " SELECT 'owner', schema, kind || name, pg_get_userbyid(owner)::text FROM objects"
    + " UNION ALL SELECT 'grant', o.schema, o.kind || o.name || "
    + _GRANTEE
    + ", "
    + _PRIVILEGES
    + " FROM objects o, aclexplode(o.acl) a GROUP BY o.schema, o.kind, o.name, o.owner, a.grantee"
    + " UNION ALL SELECT 'grant', o.schema, o.name || "
    + _GRANTEE
    + ", "
    + _PRIVILEGES
    + " FROM (SELECT n.nspname AS schema, ARRAY['column', c.relname, t.attname] AS name, c.relowner AS owner,"
    + " t.attacl AS acl FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid"
    + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (%(schemas)s) AND NOT t.attisdropped) o,"
    + " aclexplode(o.acl) a GROUP BY o.schema, o.name, o.owner, a.grantee"
    + " UNION ALL SELECT 'default privileges', n.nspname, ARRAY[pg_get_userbyid(d.defaclrole)::text, d.defaclobjtype::text],"
    + " (SELECT string_agg(item::text, ', ' ORDER BY item::text) FROM unnest(d.defaclacl) AS item)"
    + " FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace WHERE n.nspname = ANY (%(schemas)s)"
)
