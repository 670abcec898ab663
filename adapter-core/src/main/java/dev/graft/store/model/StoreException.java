package dev.graft.store.model;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Something the registry could not do. Each subclass is one kind of reason; the message says what
 * was asked, what was found, and what to do about it. Whatever the reason, nothing is half done.
 */
public abstract sealed class StoreException extends IOException
    permits AliasConflictException,
        DamagedStoreException,
        KeyUnavailableException,
        NotInStoreException,
        PublishRefusedException,
        QuotaExceededException,
        StoreFormatException,
        StoreUnavailableException,
        UntrustedVersionException,
        VersionStateException {

  StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
