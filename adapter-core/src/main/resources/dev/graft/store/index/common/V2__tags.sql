CREATE TABLE tag (
  tenant  TEXT    NOT NULL,
  name    TEXT    NOT NULL,
  version INTEGER NOT NULL,
  tag     TEXT    NOT NULL,
  PRIMARY KEY (tenant, name, version, tag),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

CREATE INDEX tag_versions ON tag (tag, tenant);
