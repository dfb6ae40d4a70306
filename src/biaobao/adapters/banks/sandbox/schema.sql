CREATE TABLE IF NOT EXISTS setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS customer (
    uscc TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

-- A sub-account names its main account and the request that opened it. Its money is the main account's.
CREATE TABLE IF NOT EXISTS account (
    number      TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    branch      TEXT NOT NULL,
    uscc        TEXT REFERENCES customer (uscc),
    main        TEXT REFERENCES account (number),
    opened_key  TEXT NOT NULL DEFAULT '',
    opening_fen INTEGER NOT NULL DEFAULT 0,
    balance_fen INTEGER NOT NULL DEFAULT 0,
    place       INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS account_by_key ON account (opened_key, place);

CREATE TABLE IF NOT EXISTS transfer (
    serial       TEXT PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    from_account TEXT NOT NULL,
    to_account   TEXT NOT NULL,
    payee_name   TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency     TEXT NOT NULL,
    remark       TEXT NOT NULL,
    booked_at    TEXT NOT NULL,
    reverses     TEXT UNIQUE REFERENCES transfer (serial)
) STRICT;

CREATE TABLE IF NOT EXISTS closed_account (
    number TEXT PRIMARY KEY REFERENCES account (number)
) STRICT;

-- A payment that the house ordered, how often it told us, and the transfers that carried it out and gave it back.
CREATE TABLE IF NOT EXISTS payment (
    key          TEXT PRIMARY KEY,
    digest       TEXT NOT NULL,
    way          TEXT NOT NULL CHECK (way IN ('http', 'folder')),
    from_account TEXT NOT NULL,
    to_account   TEXT NOT NULL,
    payee_name   TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    remark       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('HEARD', 'PAID', 'REFUSED', 'RETURNED')),
    reason       TEXT NOT NULL DEFAULT '',
    words        TEXT NOT NULL DEFAULT '',
    told         INTEGER NOT NULL DEFAULT 1,
    heard_at     TEXT NOT NULL,
    due_at       REAL NOT NULL DEFAULT 0,
    transfer     TEXT REFERENCES transfer (serial),
    given_back   TEXT REFERENCES transfer (serial)
) STRICT;

-- One side of a transfer, as the account's holder sees it. The account may be one that nobody opened.
CREATE TABLE IF NOT EXISTS entry (
    id              INTEGER PRIMARY KEY,
    serial          TEXT NOT NULL UNIQUE,
    transfer        TEXT NOT NULL REFERENCES transfer (serial),
    account         TEXT NOT NULL,
    house           INTEGER NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('CREDIT', 'DEBIT', 'REVERSAL')),
    amount_minor    INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    booked_at       TEXT NOT NULL,
    booked_on       TEXT NOT NULL,
    payer_name      TEXT NOT NULL,
    payer_account   TEXT NOT NULL,
    payer_bank      TEXT NOT NULL,
    other_name      TEXT NOT NULL,
    other_account   TEXT NOT NULL,
    remark          TEXT NOT NULL,
    original_serial TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS entry_by_account ON entry (account, id);

-- A message to the house, by each way that is wanted until it has gone that way.
CREATE TABLE IF NOT EXISTS message (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    content    BLOB NOT NULL,
    made_at    REAL NOT NULL,
    due_at     REAL NOT NULL,
    push       INTEGER NOT NULL,
    pull       INTEGER NOT NULL,
    folder     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_at    REAL NOT NULL DEFAULT 0,
    last_words TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS message_open ON message (id) WHERE push OR pull OR folder;

-- An entry as the house is told it: with the order of its own that it carries out or gives back.
CREATE VIEW IF NOT EXISTS told_entry AS
SELECT entry.*, CASE
    WHEN transfer.key GLOB 'payment:*' AND entry.kind = 'DEBIT' THEN substr(transfer.key, 9)
    WHEN original.key GLOB 'payment:*' AND entry.kind = 'CREDIT' THEN substr(original.key, 9)
    WHEN transfer.key GLOB 'return:*' AND entry.kind = 'CREDIT' THEN substr(transfer.key, 8)
    ELSE '' END AS order_key
FROM entry JOIN transfer ON transfer.serial = entry.transfer
LEFT JOIN transfer AS original ON original.serial = transfer.reverses;
