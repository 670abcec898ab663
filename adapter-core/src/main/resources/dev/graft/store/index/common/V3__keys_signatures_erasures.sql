-- A tenant's key encrypts what it publishes from now on; no key, no encryption.
ALTER TABLE tenant ADD COLUMN state ${text} NOT NULL DEFAULT 'active';
ALTER TABLE tenant ADD COLUMN key_id ${text} NOT NULL DEFAULT '';
ALTER TABLE tenant ADD COLUMN signatures ${text} NOT NULL DEFAULT 'off';

-- digest and size_bytes are the blob's; where a key encrypts it, its content has others.
ALTER TABLE version_file ADD COLUMN content_digest ${text} NOT NULL DEFAULT '';
ALTER TABLE version_file ADD COLUMN content_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE version_file ADD COLUMN key_id ${text} NOT NULL DEFAULT '';
UPDATE version_file SET content_digest = digest, content_bytes = size_bytes;

-- Whose signatures a tenant trusts.
CREATE TABLE trusted_key (
  tenant     ${text} NOT NULL REFERENCES tenant (name),
  key_id     ${text} NOT NULL,
  public_key ${text} NOT NULL,
  author     ${text} NOT NULL,
  created_at BIGINT  NOT NULL,
  note       ${text} NOT NULL,
  PRIMARY KEY (tenant, key_id)
);

CREATE TABLE signature (
  tenant    ${text} NOT NULL,
  name      ${text} NOT NULL,
  version   INTEGER NOT NULL,
  key_id    ${text} NOT NULL,
  envelope  ${text} NOT NULL,
  author    ${text} NOT NULL,
  signed_at BIGINT  NOT NULL,
  PRIMARY KEY (tenant, name, version, key_id),
  FOREIGN KEY (tenant, name, version) REFERENCES version (tenant, name, version)
);

-- What was erased; all that is left of a tenant.
CREATE TABLE erasure (
  tenant      ${text} NOT NULL PRIMARY KEY REFERENCES tenant (name),
  certificate ${text} NOT NULL,
  digest      ${text} NOT NULL,
  sequence    BIGINT  NOT NULL
);
