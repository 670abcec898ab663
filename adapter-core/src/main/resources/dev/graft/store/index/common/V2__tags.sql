CREATE TABLE tag (
  tenant  ${text}    NOT NULL,
  name    ${text}    NOT NULL,
  version INTEGER NOT NULL,
  tag     ${text}    NOT NULL,
  PRIMARY KEY (tenant, name, version, tag),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

CREATE INDEX tag_versions ON tag (tag, tenant);
