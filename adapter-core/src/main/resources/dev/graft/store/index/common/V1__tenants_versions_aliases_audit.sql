-- One row: which store this is, and the last line of the audit log.
CREATE TABLE store (
  one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  id             ${text} NOT NULL,
  audit_sequence BIGINT  NOT NULL,
  audit_hash     ${text} NOT NULL
);

CREATE TABLE tenant (
  name          ${text} NOT NULL PRIMARY KEY,
  max_bytes     BIGINT,
  max_versions  BIGINT,
  used_bytes    BIGINT  NOT NULL,
  used_versions BIGINT  NOT NULL,
  author        ${text} NOT NULL,
  created_at    BIGINT  NOT NULL,
  note          ${text} NOT NULL
);

CREATE TABLE adapter (
  tenant           ${text} NOT NULL REFERENCES tenant (name),
  name             ${text} NOT NULL,
  base_digest      ${text} NOT NULL,
  tokenizer_digest ${text} NOT NULL,
  last_version     INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE version (
  tenant           ${text} NOT NULL,
  name             ${text} NOT NULL,
  version          INTEGER NOT NULL CHECK (version >= 1),
  state            ${text} NOT NULL,
  state_at         BIGINT  NOT NULL,
  digest           ${text} NOT NULL,
  manifest         ${text} NOT NULL,
  base_digest      ${text} NOT NULL,
  tokenizer_digest ${text} NOT NULL,
  adapter_type     ${text} NOT NULL,
  adapter_rank     INTEGER NOT NULL,
  size_bytes       BIGINT  NOT NULL,
  metrics          ${text} NOT NULL,
  author           ${text} NOT NULL,
  created_at       BIGINT  NOT NULL,
  note             ${text} NOT NULL,
  sequence         BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, version),
  FOREIGN KEY (tenant, name) REFERENCES adapter (tenant, name)
);

CREATE INDEX version_sequence ON version (sequence);
CREATE INDEX version_digest ON version (tenant, name, digest);
CREATE INDEX version_deleted ON version (state_at) WHERE state = 'deleted';

CREATE TABLE version_file (
  tenant     ${text} NOT NULL,
  name       ${text} NOT NULL,
  version    INTEGER NOT NULL,
  file       ${text} NOT NULL,
  digest     ${text} NOT NULL,
  size_bytes BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, version, file),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

-- Whether anything refers to a blob.
CREATE INDEX version_file_digest ON version_file (digest);

CREATE TABLE parent (
  tenant         ${text} NOT NULL,
  name           ${text} NOT NULL,
  version        INTEGER NOT NULL,
  position       INTEGER NOT NULL,
  parent_tenant  ${text} NOT NULL,
  parent_name    ${text} NOT NULL,
  parent_version INTEGER NOT NULL,
  relation       ${text} NOT NULL,
  weight         DOUBLE PRECISION,
  PRIMARY KEY (tenant, name, version, position),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version),
  FOREIGN KEY (parent_tenant, parent_name, parent_version) REFERENCES version (tenant, name, version)
);

CREATE INDEX parent_children ON parent (parent_tenant, parent_name, parent_version);

CREATE TABLE alias (
  tenant   ${text} NOT NULL,
  name     ${text} NOT NULL,
  alias    ${text} NOT NULL,
  version  INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (tenant, name, alias),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

-- Every move of every alias; the newest one of an alias that is there agrees with its row.
CREATE TABLE alias_move (
  tenant   ${text} NOT NULL,
  name     ${text} NOT NULL,
  alias    ${text} NOT NULL,
  revision INTEGER NOT NULL,
  kind     ${text} NOT NULL,
  version  INTEGER,
  undo     INTEGER,
  author   ${text} NOT NULL,
  moved_at BIGINT  NOT NULL,
  note     ${text} NOT NULL,
  sequence BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, alias, revision),
  FOREIGN KEY (tenant, name) REFERENCES adapter (tenant, name)
);

CREATE TABLE audit (
  sequence   BIGINT  NOT NULL PRIMARY KEY,
  written_at BIGINT  NOT NULL,
  author     ${text} NOT NULL,
  tenant     ${text} NOT NULL,
  action     ${text} NOT NULL,
  subject    ${text} NOT NULL,
  detail     ${text} NOT NULL,
  note       ${text} NOT NULL,
  previous   ${text} NOT NULL,
  hash       ${text} NOT NULL
);

CREATE INDEX audit_tenant ON audit (tenant, sequence);
