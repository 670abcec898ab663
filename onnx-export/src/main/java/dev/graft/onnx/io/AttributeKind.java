package dev.graft.onnx.io;

import dev.graft.onnx.io.proto.AttributeProto;

/** The attribute types that the graph model interprets, with their numbers in the file format. */
enum AttributeKind {
  FLOAT(1),
  INT(2),
  STRING(3),
  TENSOR(4),
  GRAPH(5),
  FLOATS(6),
  INTS(7),
  STRINGS(8),
  OTHER(0);

  private final int number;

  AttributeKind(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** The declared kind; where a file declares none, the kind of the field that it filled. */
  static AttributeKind of(AttributeProto proto) {
    if (!proto.getRefAttrName().isEmpty()) {
      return OTHER;
    }
    if (proto.getType() != 0) {
      for (AttributeKind kind : values()) {
        if (kind.number == proto.getType()) {
          return kind;
        }
      }
      return OTHER;
    }
    if (proto.hasF()) {
      return FLOAT;
    } else if (proto.hasI()) {
      return INT;
    } else if (proto.hasS()) {
      return STRING;
    } else if (proto.hasT()) {
      return TENSOR;
    } else if (proto.hasG()) {
      return GRAPH;
    } else if (proto.getFloatsCount() > 0) {
      return FLOATS;
    } else if (proto.getIntsCount() > 0) {
      return INTS;
    }
    return proto.getStringsCount() > 0 ? STRINGS : OTHER;
  }
}
