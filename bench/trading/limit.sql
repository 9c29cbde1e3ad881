-- What Postgres itself allows: functions that write, in one round trip, the same rows as the service does for an order
-- that rests, for its cancellation and for its fill. They decide nothing and check nothing.

CREATE SCHEMA IF NOT EXISTS bench;

CREATE TABLE IF NOT EXISTS bench.accounts (
    number integer PRIMARY KEY,
    account uuid NOT NULL,
    owner uuid NOT NULL,
    instrument uuid NOT NULL,
    cash uuid NOT NULL,
    securities uuid NOT NULL,
    shares uuid NOT NULL,
    market uuid NOT NULL
);

-- Accounts of the benchmark's own, with money, ready to buy a symbol that nobody else trades.
CREATE OR REPLACE FUNCTION bench.open_accounts(how_many integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    instrument uuid;
    owner uuid;
    opened uuid;
BEGIN
    INSERT INTO trading.instruments (symbol, name, exchange) VALUES ('LIMIT', 'Limit', 'NASDAQ') RETURNING id INTO instrument;
    INSERT INTO platform."user" (name, email) VALUES ('limit', uuidv7() || '@example.com') RETURNING id INTO owner;
    FOR number IN 1 .. how_many LOOP
        INSERT INTO trading.accounts (owner_id, opening_cash, version, audit_sequence, audit_hash)
        VALUES (owner, 1e12, 1, 1, sha256('opened')) RETURNING id INTO opened;
        INSERT INTO trading.ledger_accounts (account_id, kind, unit, instrument_id, floor, balance, version) VALUES
            (opened, 'cash', 'USD', NULL, 0, 1e12, 1), (opened, 'securities', 'USD', instrument, NULL, 0, 0),
            (opened, 'shares', 'LIMIT', instrument, 0, 0, 0), (opened, 'market', 'LIMIT', instrument, NULL, 0, 0);
        INSERT INTO trading.audit_logs (account_id, sequence, actor_kind, actor_id, action, outcome, resource, hash)
        VALUES (opened, 1, 'user', owner, 'account.open', 'done', 'account', sha256('opened'));
        INSERT INTO bench.accounts
        SELECT number, opened, owner, instrument, max(id::text) FILTER (WHERE kind = 'cash')::uuid,
               max(id::text) FILTER (WHERE kind = 'securities')::uuid, max(id::text) FILTER (WHERE kind = 'shares')::uuid,
               max(id::text) FILTER (WHERE kind = 'market')::uuid
        FROM trading.ledger_accounts WHERE account_id = opened;
    END LOOP;
END
$$;

-- An order that rests: account, order, event, reservation and audit row.
CREATE OR REPLACE FUNCTION bench.place(which integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    mine bench.accounts;
    last record;
    placed uuid := uuidv7();
    moment timestamptz := now();
BEGIN
    SELECT * INTO mine FROM bench.accounts WHERE number = which;
    UPDATE trading.accounts SET version = version + 1, audit_sequence = audit_sequence + 1, open_orders = open_orders + 1,
        audit_hash = sha256(audit_hash), updated_at = moment + interval '1 us'
    WHERE id = mine.account RETURNING audit_sequence AS sequence, audit_hash AS hash INTO last;
    INSERT INTO trading.orders (account_id, id, instrument_id, client_order_id, request_hash, placed_by, side, type,
        time_in_force, position_intent, status, qty, limit_price, reserved, submitted_at, created_at, updated_at, expires_at)
    VALUES (mine.account, placed, mine.instrument, placed::text, last.hash, mine.owner, 'buy', 'limit', 'gtc', 'buy_to_open',
        'new', 10, 90, 900, moment, moment, moment, moment + interval '90 days');
    INSERT INTO trading.order_events (account_id, id, order_id, version, event, status, actor_id, occurred_at)
    VALUES (mine.account, uuidv7(), placed, 1, 'new', 'new', mine.owner, moment);
    INSERT INTO trading.ledger_transfers (account_id, id, phase, reason, from_id, to_id, unit, amount, order_id, occurred_at)
    VALUES (mine.account, uuidv7(), 'pending', 'order', mine.cash, mine.securities, 'USD', 900, placed, moment);
    UPDATE trading.ledger_accounts SET reserved = reserved + 900, updated_at = moment + interval '1 us'
    WHERE account_id = mine.account AND id = mine.cash;
    INSERT INTO trading.audit_logs (account_id, sequence, actor_kind, actor_id, action, outcome, resource, resource_id,
        metadata, request_id, ip_address, user_agent, occurred_at, previous_hash, hash)
    VALUES (mine.account, last.sequence, 'user', mine.owner, 'order.place', 'done', 'order', placed,
        '{"symbol": "LIMIT", "side": "buy", "type": "limit", "qty": "10", "limit_price": "90", "time_in_force": "gtc"}',
        replace(placed::text, '-', ''), '127.0.0.1', 'bench', moment, last.hash, sha256(last.hash));
    RETURN placed;
END
$$;

-- The end of an order that rests: account, order, event, release and audit row.
CREATE OR REPLACE FUNCTION bench.cancel(which integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    mine bench.accounts;
    last record;
    ended uuid;
    pending uuid;
    moment timestamptz := now();
BEGIN
    SELECT * INTO mine FROM bench.accounts WHERE number = which;
    UPDATE trading.accounts SET version = version + 1, audit_sequence = audit_sequence + 1, open_orders = open_orders - 1,
        audit_hash = sha256(audit_hash), updated_at = moment + interval '1 us'
    WHERE id = mine.account RETURNING audit_sequence AS sequence, audit_hash AS hash INTO last;
    SELECT id INTO ended FROM trading.orders
    WHERE account_id = mine.account AND status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')
    ORDER BY submitted_at, id LIMIT 1;
    SELECT id INTO pending FROM trading.ledger_transfers
    WHERE account_id = mine.account AND order_id = ended AND phase = 'pending';
    UPDATE trading.orders SET status = 'canceled', reserved = 0, version = 2, canceled_at = moment,
        updated_at = moment + interval '1 us'
    WHERE account_id = mine.account AND id = ended;
    INSERT INTO trading.order_events (account_id, id, order_id, version, event, status, actor_id, occurred_at)
    VALUES (mine.account, uuidv7(), ended, 2, 'canceled', 'canceled', mine.owner, moment);
    INSERT INTO trading.ledger_transfers (account_id, id, phase, reason, from_id, to_id, unit, amount, released, pending_id,
        order_id, occurred_at)
    VALUES (mine.account, uuidv7(), 'void', 'order', mine.cash, mine.securities, 'USD', 900, 900, pending, ended, moment);
    UPDATE trading.ledger_accounts SET reserved = reserved - 900, updated_at = moment + interval '1 us'
    WHERE account_id = mine.account AND id = mine.cash;
    INSERT INTO trading.audit_logs (account_id, sequence, actor_kind, actor_id, action, outcome, resource, resource_id,
        request_id, ip_address, user_agent, occurred_at, previous_hash, hash)
    VALUES (mine.account, last.sequence, 'user', mine.owner, 'order.cancel', 'done', 'order', ended,
        replace(ended::text, '-', ''), '127.0.0.1', 'bench', moment, last.hash, sha256(last.hash));
    RETURN ended;
END
$$;

-- The fill of an order that rests: account, order, event, execution, both transfers with their entries, the four ledger
-- accounts, position and audit row.
CREATE OR REPLACE FUNCTION bench.fill(which integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    mine bench.accounts;
    last record;
    filled uuid;
    pending uuid;
    paid uuid := uuidv7();
    delivered uuid := uuidv7();
    execution uuid := uuidv7();
    moment timestamptz := now();
BEGIN
    SELECT * INTO mine FROM bench.accounts WHERE number = which;
    UPDATE trading.accounts SET version = version + 1, audit_sequence = audit_sequence + 1, open_orders = open_orders - 1,
        execution_sequence = execution_sequence + 1, audit_hash = sha256(audit_hash), updated_at = moment + interval '1 us'
    WHERE id = mine.account
    RETURNING audit_sequence AS sequence, audit_hash AS hash, execution_sequence INTO last;
    SELECT id INTO filled FROM trading.orders
    WHERE account_id = mine.account AND status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')
    ORDER BY submitted_at, id LIMIT 1;
    SELECT id INTO pending FROM trading.ledger_transfers
    WHERE account_id = mine.account AND order_id = filled AND phase = 'pending';
    INSERT INTO trading.executions (account_id, id, sequence, order_id, instrument_id, side, qty, price, amount, cum_qty,
        leaves_qty, executed_at, quoted_at, bid_price, bid_size, ask_price, ask_size, last_price)
    VALUES (mine.account, execution, last.execution_sequence, filled, mine.instrument, 'buy', 10, 90, 900, 10, 0, moment,
        moment, 89, 1000, 90, 1000, 90);
    UPDATE trading.orders SET status = 'filled', filled_qty = 10, filled_value = 900, reserved = 0, version = 2,
        filled_at = moment, updated_at = moment + interval '1 us'
    WHERE account_id = mine.account AND id = filled;
    INSERT INTO trading.order_events (account_id, id, order_id, version, event, status, execution_id, occurred_at)
    VALUES (mine.account, uuidv7(), filled, 2, 'fill', 'filled', execution, moment);
    INSERT INTO trading.ledger_transfers (account_id, id, phase, reason, from_id, to_id, unit, amount, released, pending_id,
        order_id, execution_id, occurred_at)
    VALUES
        (mine.account, paid, 'post', 'purchase', mine.cash, mine.securities, 'USD', 900, 900, pending, filled, execution, moment),
        (mine.account, delivered, 'single', 'purchase', mine.market, mine.shares, 'LIMIT', 10, 0, NULL, filled, execution, moment);
    WITH moves (id, transfer, amount, released) AS (
        VALUES (mine.cash, paid, -900, 900), (mine.securities, paid, 900, 0),
               (mine.market, delivered, -10, 0), (mine.shares, delivered, 10, 0)
    ), moved AS (
        UPDATE trading.ledger_accounts AS ledger
        SET balance = balance + moves.amount, reserved = reserved - moves.released, version = version + 1,
            updated_at = moment + interval '1 us'
        FROM moves WHERE ledger.account_id = mine.account AND ledger.id = moves.id
        RETURNING ledger.id, ledger.version, ledger.balance, moves.transfer, moves.amount
    )
    INSERT INTO trading.ledger_entries (account_id, ledger_account_id, version, transfer_id, amount, balance_before,
        balance_after)
    SELECT mine.account, id, version, transfer, amount, balance - amount, balance FROM moved;
    INSERT INTO trading.positions AS held (account_id, instrument_id, qty, cost_basis, version, opened_at)
    VALUES (mine.account, mine.instrument, 10, 900, 1, moment)
    ON CONFLICT (account_id, instrument_id) DO UPDATE
    SET qty = held.qty + 10, cost_basis = held.cost_basis + 900, version = held.version + 1,
        updated_at = moment + interval '1 us';
    INSERT INTO trading.audit_logs (account_id, sequence, actor_kind, action, outcome, resource, resource_id, metadata,
        occurred_at, previous_hash, hash)
    VALUES (mine.account, last.sequence, 'worker', 'order.fill', 'done', 'order', filled,
        '{"execution": "00000000-0000-0000-0000-000000000000", "qty": "10", "price": "90"}', moment, last.hash,
        sha256(last.hash));
    RETURN filled;
END
$$;

-- An order that is placed and filled, in one transaction.
CREATE OR REPLACE FUNCTION bench.trade(which integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT bench.place(which);
    SELECT bench.fill(which);
$$;
