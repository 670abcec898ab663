-- One row: which store this is, and the last line of the audit log.
CREATE TABLE store (
  one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  id             TEXT    NOT NULL,
  audit_sequence BIGINT  NOT NULL,
  audit_hash     TEXT    NOT NULL
);

CREATE TABLE tenant (
  name          TEXT   NOT NULL PRIMARY KEY,
  max_bytes     BIGINT,
  max_versions  BIGINT,
  used_bytes    BIGINT NOT NULL,
  used_versions BIGINT NOT NULL,
  author        TEXT   NOT NULL,
  created_at    BIGINT NOT NULL,
  note          TEXT   NOT NULL
);

CREATE TABLE adapter (
  tenant           TEXT    NOT NULL REFERENCES tenant (name),
  name             TEXT    NOT NULL,
  base_digest      TEXT    NOT NULL,
  tokenizer_digest TEXT    NOT NULL,
  last_version     INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE version (
  tenant           TEXT    NOT NULL,
  name             TEXT    NOT NULL,
  version          INTEGER NOT NULL CHECK (version >= 1),
  state            TEXT    NOT NULL,
  state_at         BIGINT  NOT NULL,
  digest           TEXT    NOT NULL,
  manifest         TEXT    NOT NULL,
  base_digest      TEXT    NOT NULL,
  tokenizer_digest TEXT    NOT NULL,
  adapter_type     TEXT    NOT NULL,
  adapter_rank     INTEGER NOT NULL,
  size_bytes       BIGINT  NOT NULL,
  metrics          TEXT    NOT NULL,
  author           TEXT    NOT NULL,
  created_at       BIGINT  NOT NULL,
  note             TEXT    NOT NULL,
  sequence         BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, version),
  FOREIGN KEY (tenant, name) REFERENCES adapter (tenant, name)
);

CREATE INDEX version_digest ON version (tenant, name, digest);
CREATE INDEX version_deleted ON version (state_at) WHERE state = 'deleted';

CREATE TABLE version_file (
  tenant     TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  file       TEXT    NOT NULL,
  digest     TEXT    NOT NULL,
  size_bytes BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, version, file),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

-- Whether anything refers to a blob.
CREATE INDEX version_file_digest ON version_file (digest);

CREATE TABLE parent (
  tenant         TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  version        INTEGER NOT NULL,
  position       INTEGER NOT NULL,
  parent_tenant  TEXT    NOT NULL,
  parent_name    TEXT    NOT NULL,
  parent_version INTEGER NOT NULL,
  relation       TEXT    NOT NULL,
  weight         DOUBLE PRECISION,
  PRIMARY KEY (tenant, name, version, position),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version),
  FOREIGN KEY (parent_tenant, parent_name, parent_version) REFERENCES version (tenant, name, version)
);

CREATE INDEX parent_children ON parent (parent_tenant, parent_name, parent_version);

CREATE TABLE alias (
  tenant   TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  alias    TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, alias),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

-- Every move of every alias; the newest one of an alias that is there agrees with its row.
CREATE TABLE alias_move (
  tenant   TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  alias    TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  version  INTEGER,
  undo     INTEGER,
  author   TEXT    NOT NULL,
  moved_at BIGINT  NOT NULL,
  note     TEXT    NOT NULL,
  sequence BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, alias, revision),
  FOREIGN KEY (tenant, name) REFERENCES adapter (tenant, name)
);

CREATE TABLE audit (
  sequence   BIGINT NOT NULL PRIMARY KEY,
  written_at BIGINT NOT NULL,
  author     TEXT   NOT NULL,
  tenant     TEXT   NOT NULL,
  action     TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  detail     TEXT   NOT NULL,
  note       TEXT   NOT NULL,
  previous   TEXT   NOT NULL,
  hash       TEXT   NOT NULL
);

CREATE INDEX audit_tenant ON audit (tenant, sequence);
