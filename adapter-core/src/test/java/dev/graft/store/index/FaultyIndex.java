package dev.graft.store.index;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jdbi.v3.core.ConnectionFactory;

/** An index whose statements fail as {@link StatementFaults} say. */
public final class FaultyIndex {
  private FaultyIndex() {}

  /** As {@link Index#sqlite}. */
  public static Index sqlite(Path file, StatementFaults faults) {
    return new Index(faulty(new SqliteDialect(file), faults), file.toString());
  }

  /** As {@link Index#postgres}. */
  public static Index postgres(String url, StatementFaults faults) {
    return new Index(faulty(new PostgresDialect(url), faults), "the database");
  }

  private static Dialect faulty(Dialect dialect, StatementFaults faults) {
    ConnectionFactory connections = new FaultyConnections(dialect.connections(), faults);
    return proxy(
        Dialect.class,
        (proxy, method, arguments) ->
            method.getName().equals("connections")
                ? connections
                : invoke(dialect, method, arguments));
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(FaultyIndex.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Gives connections whose statements are counted, and back the real ones. */
  private record FaultyConnections(ConnectionFactory real, StatementFaults faults)
      implements ConnectionFactory {
    @Override
    public Connection openConnection() throws SQLException {
      Connection connection = real.openConnection();
      return proxy(Connection.class, new Handler(connection, faults));
    }

    @Override
    public void closeConnection(Connection connection) throws SQLException {
      Handler handler = (Handler) Proxy.getInvocationHandler(connection);
      real.closeConnection(handler.connection());
    }
  }

  private record Handler(Connection connection, StatementFaults faults)
      implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("commit")) {
        return faults.meet(
            "COMMIT", connection, () -> FaultyIndex.invoke(connection, method, arguments));
      }
      Object result = FaultyIndex.invoke(connection, method, arguments);
      return result instanceof Statement statement
          ? counted(statement, method.getReturnType(), arguments)
          : result;
    }

    private Object counted(Statement statement, Class<?> type, Object[] prepared) {
      String text = prepared == null || prepared.length == 0 ? "" : String.valueOf(prepared[0]);
      return FaultyIndex.proxy(
          type,
          (proxy, method, arguments) ->
              method.getName().startsWith("execute")
                  ? faults.meet(
                      arguments == null ? text : String.valueOf(arguments[0]),
                      connection,
                      () -> FaultyIndex.invoke(statement, method, arguments))
                  : FaultyIndex.invoke(statement, method, arguments));
    }
  }
}
