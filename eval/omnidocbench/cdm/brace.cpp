#include <utility>

#include "eval/omnidocbench/cdm/normalize.h"

namespace dsocr::omnidocbench::cdm {
namespace {

/// The pieces as a linked list in which each `{` and `[` knows its end. What is put in stands
/// either around one piece or in the place of a group's own braces, so these ends stay right.
class PieceList {
 public:
  explicit PieceList(const Pieces& pieces) {
    const auto braces = matching_pieces(pieces, U"{", U"}");
    const auto brackets = matching_pieces(pieces, U"[", U"]");
    nodes_.resize(pieces.size() + 1);
    for (size_t i = 0; i < pieces.size(); ++i) {
      const size_t end = braces[i] != kNoPiece ? braces[i] : brackets[i];
      nodes_[i + 1] = {pieces[i], end == kNoPiece ? kNoPiece : end + 1, i, kNoPiece};
      nodes_[i].next = i + 1;
    }
  }

  size_t first() const { return nodes_[0].next; }
  /// kNoPiece after the last one.
  size_t after(size_t node) const { return nodes_[node].next; }
  const std::u32string& text(size_t node) const { return nodes_[node].text; }

  /// The one after `node`, which has to be there.
  size_t need_after(size_t node) const {
    if (nodes_[node].next == kNoPiece) throw FormulaError("a command without its argument");
    return nodes_[node].next;
  }

  size_t end_of_group(size_t node) const {
    if (nodes_[node].end == kNoPiece) throw FormulaError("a group without its end");
    return nodes_[node].end;
  }

  size_t insert_after(size_t node, std::u32string text) {
    const size_t added = nodes_.size();
    const size_t next = nodes_[node].next;
    nodes_.push_back({std::move(text), kNoPiece, node, next});
    if (next != kNoPiece) nodes_[next].previous = added;
    nodes_[node].next = added;
    return added;
  }

  void remove(size_t node) {
    const auto& [text, end, previous, next] = nodes_[node];
    nodes_[previous].next = next;
    if (next != kNoPiece) nodes_[next].previous = previous;
  }

  /// Braces around one piece; returns the closing one.
  size_t wrap(size_t node) {
    const size_t open = insert_after(nodes_[node].previous, U"{");
    const size_t close = insert_after(node, U"}");
    nodes_[open].end = close;
    return close;
  }

  Pieces pieces() const {
    Pieces out;
    for (size_t node = first(); node != kNoPiece; node = after(node)) out.push_back(text(node));
    return out;
  }

 private:
  struct Node {
    std::u32string text;
    size_t end = kNoPiece, previous = kNoPiece, next = kNoPiece;
  };
  std::vector<Node> nodes_;  // the first stands before the first piece
};

/// `\hat \mathbf x` becomes `\hat { \mathbf { x } }`. Returns the last command of the chain.
size_t brace_chain(PieceList& list, size_t command, Version version) {
  size_t last = command, count = 1;
  while (list.after(last) != kNoPiece &&
         takes_one(command_kind(list.text(list.after(last)), version))) {
    last = list.after(last);
    ++count;
  }
  const size_t argument = list.need_after(last);
  size_t end = argument;
  if (list.text(argument) == U"{") {
    if (count == 1) {
      list.end_of_group(argument);
      return last;
    }
    end = list.end_of_group(argument);
    list.insert_after(last, U"{");
    list.remove(argument);
  } else {
    list.insert_after(last, U"{");
    list.insert_after(end, U"}");
    end = list.after(end);
  }
  for (size_t node = command, i = 1; i < count; ++i) {
    const size_t next = list.after(node);
    list.insert_after(node, U"{");
    end = list.insert_after(end, U"}");
    node = next;
  }
  return last;
}

void brace_root(PieceList& list, size_t command) {
  size_t before = command;
  const size_t argument = list.need_after(command);
  if (list.text(argument) == U"[") before = list.end_of_group(argument);
  const size_t body = list.need_after(before);
  if (list.text(body) != U"{") list.wrap(body);
}

void brace_two(PieceList& list, size_t command) {
  size_t before = command;
  for (int i = 0; i < 2; ++i) {
    const size_t argument = list.need_after(before);
    before = list.text(argument) == U"{" ? list.end_of_group(argument) : list.wrap(argument);
  }
}

}  // namespace

Pieces brace_arguments(const Pieces& pieces, Version version) {
  PieceList list(pieces);
  for (size_t node = list.first(); node != kNoPiece; node = list.after(node)) {
    const CommandKind kind = command_kind(list.text(node), version);
    if (takes_one(kind)) {
      node = brace_chain(list, node, version);
    } else if (kind == CommandKind::kRoot) {
      brace_root(list, node);
    } else if (takes_two(kind)) {
      brace_two(list, node);
    }
  }
  return list.pieces();
}

}  // namespace dsocr::omnidocbench::cdm
