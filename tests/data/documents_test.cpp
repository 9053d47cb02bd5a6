#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zip.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "configs/process.h"
#include "data/corpora/corpora.h"
#include "data/corpora/epub.h"
#include "data/corpora/pack.h"
#include "data/error.h"
#include "data/image/decode.h"
#include "data/image/encode.h"
#include "tests/support/temp_dir.h"
#include "tests/support/thrown.h"
#include "tests/support/tiny_pdf.h"

namespace dsocr::data {
namespace {

const std::filesystem::path kDocuments =
    std::filesystem::path(DSOCR_GOLDEN_DIR) / "../data/documents";

#define SKIP_WITHOUT(program)                 \
  if (configs::find_program(program).empty()) \
  GTEST_SKIP() << "no " program ": `make deps-documents`"

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// PATH while a test runs.
class Path {
 public:
  explicit Path(const std::string& value) : before_(getenv("PATH")) {
    setenv("PATH", value.c_str(), 1);
  }
  ~Path() { setenv("PATH", before_.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

 private:
  std::string before_;
};

// The pages by their ids, each with black on white and words in boxes; errors as "! reason".
std::map<std::string, Page> read_all(const Corpus& corpus) {
  std::map<std::string, Page> pages;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    Page& page = pages[corpus.id(i)];
    try {
      page = corpus.page(i);
    } catch (const DataError& error) {
      EXPECT_TRUE(error.recoverable());
      page.text = std::string("! ") + error.what();
      continue;
    }
    const Image image = decode_image(
        {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
    EXPECT_GT(std::count(image.rgb.begin(), image.rgb.end(), 255), 0) << page.id;
    EXPECT_LT(*std::min_element(image.rgb.begin(), image.rgb.end()), 100) << page.id;
    EXPECT_FALSE(page.blocks.empty()) << page.id;
    for (const Block& block : page.blocks) {
      EXPECT_FALSE(block.text.empty()) << page.id;
      EXPECT_LT(block.box[0], block.box[2]) << page.id << " " << block.text;
      EXPECT_LT(block.box[1], block.box[3]) << page.id << " " << block.text;
      EXPECT_LT(block.box[3] - block.box[1], 100) << page.id << " " << block.text;
    }
  }
  return pages;
}

std::string image_of_red_square() {
  Image image{40, 40, std::vector<std::uint8_t>(4800, 0)};
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) image.rgb[i] = 255;
  return encode_png(image, "square.png");
}

std::size_t num_red(const Page& page) {
  const Image image = decode_image(
      {reinterpret_cast<const std::uint8_t*>(page.image.data()), page.image.size()}, page.id);
  std::size_t count = 0;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3)
    count += image.rgb[i] > 240 && image.rgb[i + 1] < 20 && image.rgb[i + 2] < 20;
  return count;
}

// A server that says nothing and knows whether somebody came.
class Server {
 public:
  Server() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, any, size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Server() { close(socket_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  bool visited() const {
    pollfd waiting{socket_, POLLIN, 0};
    return poll(&waiting, 1, 0) > 0;
  }

 private:
  int socket_, port_ = 0;
};

std::filesystem::path write_zip(const test::TempDir& dir,
                                const std::map<std::string, std::string>& files) {
  auto file = dir.path() / "book.epub";
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, content] : files)
    zip_file_add(archive, name.c_str(),
                 zip_source_buffer(archive, content.data(), content.size(), 0), 0);
  zip_close(archive);
  return file;
}

TEST(Documents, OfficeFilesBecomePages) {
  SKIP_WITHOUT("soffice");
  const test::TempDir dir;
  std::filesystem::create_directory(dir.path() / "sub");
  for (const auto& [from, to] : {std::pair{"tiny.docx", "a.docx"},
                                 {"tiny.docx", "sub/\xC3\xA4 100% #1.DOCX"},
                                 {"tiny.odt", "b.odt"},
                                 {"tiny.odt", "sub/b.odt"},
                                 {"tiny.pptx", "c.pptx"},
                                 {"tiny.epub", "d.epub"}})
    std::filesystem::copy_file(kDocuments / from, dir.path() / to);
  dir.write("square.png", image_of_red_square());
  const Server server;
  dir.write("e.html",
            "<html><head><meta charset=utf-8><title>No</title></head><body><h1>Web</h1>"
            "<p>First <img src=square.png> words</p><img src=" +
                server.url() + "/a.png></body></html>");
  dir.write("f.rtf", "{\\rtf1\\ansi Rich text\\page Next page}");
  dir.write("g.docx", "PK\3\4 and nothing of a zip");
  dir.write("h.docx", "Plain text");
  dir.write("~$a.docx", "of a program that has a.docx open");
  const auto open = [&] { return open_corpus("office", dir.path(), {.dpi = 72}); };
  const std::map<std::string, Page> pages = read_all(*open());
  std::vector<std::string> ids;
  for (const auto& [id, page] : pages) ids.push_back(id);
  ASSERT_EQ(ids, (std::vector<std::string>{
                     "a.docx#1", "a.docx#2", "b.odt#1", "c.pptx#1", "c.pptx#2", "d.epub#1",
                     "d.epub#2", "e.html#1", "f.rtf#1", "f.rtf#2", "g.docx#1", "h.docx#1",
                     "sub/b.odt#1", "sub/\xC3\xA4 100% #1.DOCX#1", "sub/\xC3\xA4 100% #1.DOCX#2"}));
  const auto text = [&](const std::string& id) { return pages.at(id).text; };
  EXPECT_TRUE(has(text("a.docx#1"), "Efficient office flow")) << text("a.docx#1");
  EXPECT_TRUE(
      has(text("a.docx#1"), "\u041f\u0440\u0438\u0432\u0435\u0442 \u03ba\u03cc\u03c3\u03bc\u03b5"));
  EXPECT_TRUE(has(text("a.docx#1"), "left cell"));
  EXPECT_TRUE(has(text("a.docx#2"), "Second page"));
  EXPECT_TRUE(has(text("b.odt#1"), "Open heading"));
  EXPECT_TRUE(has(text("c.pptx#2"), "Second slide"));
  EXPECT_TRUE(has(text("d.epub#1"), "Chapter one"));
  EXPECT_TRUE(has(text("d.epub#1"), "Caf\u00e9")) << text("d.epub#1");
  EXPECT_TRUE(has(text("d.epub#2"), "Chapter two"));
  EXPECT_TRUE(has(text("e.html#1"), "Web")) << text("e.html#1");
  EXPECT_GT(num_red(pages.at("e.html#1")), 400u);
  EXPECT_FALSE(server.visited());
  EXPECT_TRUE(has(text("f.rtf#2"), "Next page"));
  EXPECT_EQ(text("g.docx#1"),
            "! " + (dir.path() / "g.docx").string() + ": LibreOffice cannot read it");
  EXPECT_EQ(text("h.docx#1"), "! " + (dir.path() / "h.docx").string() +
                                  ": is no office document: neither zip, OLE nor RTF");
  EXPECT_EQ(pages.at("sub/b.odt#1").image, pages.at("b.odt#1").image);
  // Again, to the bit.
  const std::map<std::string, Page> again = read_all(*open());
  for (const auto& [id, page] : pages) {
    EXPECT_EQ(again.at(id).image, page.image) << id;
    EXPECT_EQ(again.at(id).text, page.text) << id;
    EXPECT_EQ(again.at(id).blocks.size(), page.blocks.size()) << id;
  }
}

// A stand-in for LibreOffice writes a PDF for each file until it comes to one named "crash".
TEST(Documents, AFileThatEndsLibreOfficeDoesNotSpoilTheOthers) {
  const test::TempDir dir;
  dir.write("page.pdf", test::one_page_pdf("BT /F 24 Tf 20 40 Td (A page) Tj ET", "0 0 200 100"));
  const auto program = dir.write("soffice", R"(#!/bin/sh
echo start >>')" + dir.path().string() + R"(/log'
while [ "$1" != --outdir ]; do shift; done
out=$2; shift 2; mkdir -p "$out"
for file; do
  name=$(basename "$file" .rtf)
  if [ $name = crash ]; then printf '%%PDF-1.4 half' >"$out/$name.pdf"; exit 77; fi
  cp ')" + dir.path().string() + R"(/page.pdf' "$out/$name.pdf"
done
)");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  std::filesystem::create_directory(dir.path() / "in");
  for (const char* name : {"a", "crash", "z"})
    dir.write(std::string("in/") + name + ".rtf", "{\\rtf1 x}");
  const Path path(dir.path().string() + ":" + getenv("PATH"));
  const auto corpus = open_corpus("office", dir.path() / "in");
  ASSERT_EQ(corpus->size(), 3u);
  EXPECT_TRUE(has(corpus->page(0).text, "A page"));
  EXPECT_TRUE(has(test::thrown_message([&] { corpus->page(1); }),
                  "crash.rtf: LibreOffice failed with status 77"));
  EXPECT_TRUE(has(corpus->page(2).text, "A page"));
  std::ifstream log(dir.path() / "log");
  EXPECT_EQ(std::count(std::istreambuf_iterator<char>(log), {}, '\n'), 3);  // all, crash, z

  // `pack` counts it as one bad page.
  PageStoreWriter writer(dir.path() / "out.h5", {});
  const PackResult result = pack(*corpus, writer, {.max_bad = 1});
  EXPECT_EQ(result.added + result.duplicates, 2u);
  ASSERT_EQ(result.bad.size(), 1u);
  EXPECT_TRUE(has(result.bad[0], "crash.rtf"));
}

TEST(Documents, MissingProgramsAreNamedWhenOpening) {
  const test::TempDir dir;
  const auto letter = dir.write("a.rtf", "{\\rtf1 x}");
  const auto paper = dir.write("a.tex", "\\documentclass{article}");
  const Path path(dir.path().string());
  EXPECT_EQ(
      test::thrown_message([&] { open_corpus("office", letter); }),
      letter.string() + ": needs LibreOffice (soffice), which `make deps-documents` installs");
  EXPECT_EQ(test::thrown_message([&] { open_corpus("latex", paper); }),
            paper.string() +
                ": needs pdflatex, xelatex or lualatex, which `make deps-documents` installs");
}

TEST(Documents, OtherFilesAreRefusedByName) {
  const test::TempDir dir;
  const auto sheet = dir.write("a.xlsx", "PK\3\4");
  EXPECT_TRUE(has(test::thrown_message([&] { open_corpus("office", sheet); }),
                  "a.xlsx: is no office document: *.docx *.doc"));
  EXPECT_TRUE(has(test::thrown_message([&] { open_corpus("office", dir.path()); }),
                  "has no office document: *.docx"));
  EXPECT_TRUE(has(test::thrown_message([&] { open_corpus("latex", dir.path()); }),
                  "has no *.tex with \\documentclass in it"));
}

TEST(Epub, WrongBooksSayWhatIsWrong) {
  const test::TempDir dir;
  const auto error = [&](const std::map<std::string, std::string>& files) {
    const test::TempDir out;
    return test::thrown_message([&] { unpack_epub(write_zip(dir, files), out.path()); });
  };
  std::map<std::string, std::string> book{
      {"META-INF/container.xml", "<container><rootfile full-path='a.opf'/></container>"},
      {"a.opf", "<package><item id='1' href='1.xhtml'/><itemref idref='1'/></package>"}};
  EXPECT_EQ(error(book), "1.xhtml of its spine is not in it");
  book["1.xhtml"] = "<html/>";
  const test::TempDir out;
  EXPECT_EQ(unpack_epub(write_zip(dir, book), out.path()),
            std::vector<std::filesystem::path>{out.path() / "1.xhtml"});

  book["META-INF/encryption.xml"] =
      "<e:encryption><x:CipherReference URI='font.ttf'/></e:encryption>";
  EXPECT_EQ(unpack_epub(write_zip(dir, book), out.path()).size(), 1u);
  book["META-INF/encryption.xml"] =
      "<e:encryption><x:CipherReference URI='1.xhtml'/></e:encryption>";
  EXPECT_EQ(error(book), "is protected against copying");
  book.erase("META-INF/encryption.xml");

  book["a.opf"] = "<package><itemref idref='2'/></package>";
  EXPECT_EQ(error(book), "its spine names '2', which is none");
  book["a.opf"] = "<package/>";
  EXPECT_EQ(error(book), "has no chapters");
  book["a.opf"] = "<package>";
  EXPECT_TRUE(has(error(book), "a.opf in it: "));
  EXPECT_EQ(error({{"../evil", "x"}}), "names a file outside of it: ../evil");
  EXPECT_EQ(error({{"META-INF/container.xml", "<rootfile full-path='../../etc/passwd'/>"}}),
            "names a file outside of it: ../../etc/passwd");
  const auto no_zip = dir.write("x.epub", "PK\3\4");
  EXPECT_EQ(test::thrown_message([&] { unpack_epub(no_zip, out.path()); }),
            "is no zip file, or damaged");
}

TEST(Documents, LatexIsTypesetWithWhatIsBesideIt) {
  SKIP_WITHOUT("pdflatex");
  const test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "papers/parts");
  dir.write("square.png", image_of_red_square());
  dir.write("papers/parts/one.tex", "\\section{Efficient flow}\\label{one} Included words.");
  dir.write("papers/refs.bib",
            "@book{key, author={A. Author}, title={Cited}, year=1999,"
            "publisher={P}}");
  dir.write("papers/a b#1%.tex",
            "\\documentclass{article}\\usepackage{graphicx}\\begin{document}\\today\n"
            "See section~\\ref{one} and \\cite{key}.\n\n\\includegraphics{../square}\n"
            "\\include{parts/one}\\input{./more}"
            "\\bibliographystyle{plain}\\bibliography{refs}\\end{document}");
  dir.write("papers/more.tex", "More words, $\\int_0^1 x^2\\,dx$.");
  const auto open = [&] { return open_corpus("latex", dir.path(), {.dpi = 72}); };
  const auto pages = read_all(*open());
  ASSERT_EQ(pages.size(), 3u);
  const Page& first = pages.at("papers/a b#1%.tex#1");
  EXPECT_TRUE(has(first.text, "January 1, 2024")) << first.text;
  EXPECT_TRUE(has(first.text, "See section 1 and [1]")) << first.text;
  EXPECT_GT(num_red(first), 400u);
  EXPECT_TRUE(has(pages.at("papers/a b#1%.tex#2").text, "Included words"));
  for (const char* words : {"More words", "A. Author"})
    EXPECT_TRUE(has(pages.at("papers/a b#1%.tex#3").text, words)) << words;
  const auto again = read_all(*open());
  for (const auto& [id, page] : pages) EXPECT_EQ(again.at(id).image, page.image) << id;
  // Nothing is left beside the source.
  EXPECT_EQ(std::distance(std::filesystem::recursive_directory_iterator(dir.path()), {}), 7);
}

TEST(Documents, LatexWithFontsOfTheSystemTakesAnotherEngine) {
  SKIP_WITHOUT("lualatex");
  const test::TempDir dir;
  const auto file = dir.write(
      "a.tex",
      "\\documentclass{article}\n\\usepackage{fontspec}\n\\setmainfont{DejaVu "
      "Serif}\n\\begin{document}\nefficient \u041f\u0440\u0438\u0432\u0435\u0442\n\\end{document}");
  const auto pages = read_all(*open_corpus("latex", file));
  ASSERT_EQ(pages.size(), 1u);
  EXPECT_TRUE(has(pages.at("a.tex#1").text, "\u041f\u0440\u0438\u0432\u0435\u0442"))
      << pages.at("a.tex#1").text;
}

TEST(Documents, LatexErrorsCarryTheirLine) {
  SKIP_WITHOUT("pdflatex");
  const test::TempDir dir;
  const auto error = [&](const std::string& body) {
    const auto file = dir.write("bad.tex", "\\documentclass{article}\n\\begin{document}\n" + body);
    const auto corpus = open_corpus("latex", file);
    EXPECT_EQ(corpus->size(), 1u);
    const std::string message = test::thrown_message([&] { corpus->page(0); });
    const std::string start = file.string() + ": pdflatex: ";
    EXPECT_TRUE(message.starts_with(start)) << message;
    return message.substr(std::min(start.size(), message.size()));
  };
  EXPECT_EQ(error("x\n\\nosuch\n\\end{document}"), "! Undefined control sequence. (line 4)");
  EXPECT_EQ(error("\\input{nosuch}\\end{document}"),
            "! LaTeX Error: File `nosuch.tex' not found. (line 3)");
  // No program is started: \write18 is off.
  EXPECT_TRUE(has(test::thrown_message([&] {
                    const auto file =
                        dir.write("w.tex",
                                  "\\documentclass{article}\\begin{document}"
                                  "\\immediate\\write18{touch " +
                                      (dir.path() / "ran").string() + "}\\end{document}");
                    open_corpus("latex", file)->page(0);
                  }),
                  "made no pages"));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "ran"));
}

}  // namespace
}  // namespace dsocr::data
