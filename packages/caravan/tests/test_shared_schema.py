"""Several apps in one schema, for teams that come from there."""

from __future__ import annotations

import psycopg
import pytest
from workshop import ToyApp, Workshop


@pytest.fixture
def orders(workshop: Workshop) -> ToyApp:
    app = workshop.app("orders", schema="public", version_table="alembic_version_orders")
    app.tables(
        'Table("orders", metadata, Column("id", Integer, primary_key=True, autoincrement=False), Column("note", Text))'
    )
    app.revise("CREATE TABLE public.orders (id integer PRIMARY KEY, note text)", "DROP TABLE public.orders")
    return app


@pytest.fixture
def billing(workshop: Workshop, orders: ToyApp) -> ToyApp:
    app = workshop.app("billing", schema="public", version_table="alembic_version_billing")
    app.references('orders = references.table("orders", "orders", Column("id", Integer), schema="public")')
    app.tables(
        'Table("invoices", metadata, Column("order_id", ForeignKey(orders.c.id), primary_key=True, autoincrement=False))',
        imports=f"from {app.package}.references import orders\n",
    )
    app.revise(
        "CREATE TABLE public.invoices (order_id integer PRIMARY KEY REFERENCES public.orders (id))",
        "DROP TABLE public.invoices",
        requires={"orders": orders.head},
    )
    return app


def test_each_has_its_own_version_table_and_its_own_tables(
    workshop: Workshop, orders: ToyApp, billing: ToyApp
) -> None:
    result = workshop.run("migrate", "--json")
    assert result.applied == [orders.head, billing.head], result.err
    assert workshop.version("orders") == [orders.head]
    assert workshop.version("billing") == [billing.head]
    query = "SELECT tablename::text, tableowner::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    assert workshop.sql(query) == [
        ("alembic_version_billing", billing.owner),
        ("alembic_version_orders", orders.owner),
        ("invoices", billing.owner),
        ("orders", orders.owner),
    ]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_one_cannot_change_what_the_other_owns_although_they_share_the_schema(
    workshop: Workshop, orders: ToyApp, billing: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    billing.revise("ALTER TABLE public.orders ADD COLUMN ours text")
    result = workshop.run("migrate")
    assert (result.code, result.error) == (1, "revision-failed")
    assert "must be owner of table orders" in result.text
    for statement in ("SELECT note FROM public.orders", "INSERT INTO public.orders VALUES (1)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            workshop.sql(statement, role=billing.runtime)
    assert workshop.sql("SELECT id FROM public.orders", role=billing.runtime) == []
    workshop.sql("INSERT INTO public.orders VALUES (1, 'x')", role=orders.runtime)
    workshop.sql("INSERT INTO public.invoices VALUES (1)", role=billing.runtime)


@pytest.mark.usefixtures("orders", "billing")
def test_each_goes_back_on_its_own(workshop: Workshop) -> None:
    assert workshop.run("migrate").code == 0
    assert workshop.run("rollback", "orders").error == "required-by-others"
    assert workshop.run("rollback", "billing").code == 0
    assert workshop.run("rollback", "orders").code == 0
    assert workshop.relations("public") == []


@pytest.mark.usefixtures("orders", "billing")
def test_tables_that_no_app_claims_stay_as_they_are(workshop: Workshop) -> None:
    workshop.sql("CREATE TABLE public.legacy (id int)")
    workshop.sql("INSERT INTO public.legacy VALUES (1)")
    assert workshop.run("migrate").code == 0
    assert workshop.run("rollback", "billing").code == 0
    assert workshop.sql("SELECT id FROM public.legacy") == [(1,)]
    assert workshop.sql("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'legacy'") == [
        (True,)
    ]


@pytest.mark.usefixtures("orders", "billing")
def test_dropping_the_apps_leaves_the_schema_and_what_nobody_claims(workshop: Workshop) -> None:
    workshop.sql("CREATE TABLE public.legacy (id int)")
    assert workshop.run("migrate").code == 0
    dropped = workshop.run("drop", "--yes")
    assert dropped.code == 0, dropped.err
    assert workshop.relations("public") == ["legacy"]
    assert len(workshop.run("migrate", "--json").applied) == 2


def test_check_and_generate_see_only_the_apps_own_tables(
    workshop: Workshop, orders: ToyApp, billing: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    for app in (orders, billing):
        made = workshop.run("generate", app.name, "-m", "nothing", "--json")
        assert made.data == {"nothing_to_generate": True}, made.data
    result = workshop.run("check")
    assert result.code == 0, result.out + result.err
