#include "server/domain/media_recognition.hpp"

#include <gtest/gtest.h>

#include <random>

#include "server/domain/media_head.hpp"
#include "server/domain/media_type.hpp"

namespace vigie::domain {
namespace {

using namespace std::string_literals;

std::string of_numbers(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::string box(const std::string& type, const std::string& body) {
  return of_numbers(static_cast<std::uint32_t>(body.size() + 8)) + type + body;
}

/// A file whose major brand comes first.
std::string branded(const std::string& major, const std::string& compatible) {
  return box("ftyp", major + "\0\0\0\0"s + compatible) + box("mdat", std::string(64, '\0'));
}

/// So many frames of layer III, 128 kbit/s, 44.1 kHz: 417 bytes each.
std::string frames(int count, const std::string& header = "\xff\xfb\x90\x64") {
  std::string sound;
  for (int i = 0; i < count; ++i) sound += header + std::string(413, static_cast<char>(i + 1));
  return sound;
}

/// With a body of so many bytes.
std::string id3(std::size_t bytes, char version = 3, char flags = 0) {
  const std::string length{static_cast<char>(bytes >> 21 & 0x7f),
                           static_cast<char>(bytes >> 14 & 0x7f),
                           static_cast<char>(bytes >> 7 & 0x7f), static_cast<char>(bytes & 0x7f)};
  std::string tag = "ID3" + std::string{version, '\0', flags} + length + "TIT2";
  tag.resize(10 + bytes, '\0');
  return tag;
}

std::string flac() { return "fLaC\0\0\0\x22"s + std::string(34, '\1') + std::string(200, '\2'); }

std::string ogg_page(const std::string& packet, char flags = 2) {
  return "OggS\0"s + flags + std::string(20, '\0') + '\1' + static_cast<char>(packet.size()) +
         packet;
}

std::string ebml(const std::string& elements) {
  return "\x1a\x45\xdf\xa3" + std::string{static_cast<char>(0x80 | elements.size())} + elements;
}
std::string doc_type(const std::string& name) {
  return "\x42\x82" + std::string{static_cast<char>(0x80 | name.size())} + name;
}

/// As an upload's content is recognised: by its gathered head, however its pieces are cut.
std::string type_of(const std::string& content, std::size_t piece = 1'000) {
  MediaHead head;
  for (std::size_t at = 0; at < content.size(); at += piece) {
    head.add(std::string_view(content).substr(at, piece));
  }
  return std::string(recognised_type(std::move(head).take()));
}

TEST(Recognition, KnowsPictures) {
  EXPECT_EQ(type_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s), "image/png");
  EXPECT_EQ(type_of("GIF87a\1\0\1\0"s), "image/gif");
  EXPECT_EQ(type_of("GIF89a\1\0\1\0"s), "image/gif");
  for (const std::string& chunk : {"VP8 "s, "VP8L"s, "VP8X"s}) {
    EXPECT_EQ(type_of("RIFF\x20\0\0\0WEBP"s + chunk), "image/webp");
  }
  for (const std::string& marker :
       {"\xe0"s, "\xe1"s, "\xdb"s, "\xee"s, "\xfe"s, "\xc4"s, "\xc0"s, "\xff\xff\xe0"s}) {
    EXPECT_EQ(type_of("\xff\xd8\xff" + marker + "\0\x10"s), "image/jpeg");
  }
  EXPECT_EQ(type_of("\xff\xd8\xff\xf7\0\x0b"s), "image/jls");
}

TEST(Recognition, KnowsAvifByAnyOfItsBrands) {
  EXPECT_EQ(type_of(branded("avif", "mif1miafMA1B")), "image/avif");
  EXPECT_EQ(type_of(branded("mif1", "mif1avifmiaf")), "image/avif");
  EXPECT_EQ(type_of(branded("mif1", "miafMA1Bavif")), "image/avif");
  EXPECT_EQ(type_of(branded("avis", "msf1iso8avif")), "image/avif");
  EXPECT_EQ(type_of(branded("msf1", "avismif1iso8")), "image/avif");
  EXPECT_EQ(type_of(branded("avif", "")), "image/avif");
}

TEST(Recognition, TellsOtherPicturesInBoxesApart) {
  EXPECT_EQ(type_of(branded("heic", "mif1heic")), "image/heic");
  EXPECT_EQ(type_of(branded("heix", "mif1heix")), "image/heic");
  EXPECT_EQ(type_of(branded("mif1", "mif1miaf")), "image/heif");
  EXPECT_EQ(type_of(branded("msf1", "msf1iso8")), "image/heif-sequence");
  // "avif" where the version stands is no brand.
  EXPECT_EQ(type_of(box("ftyp", "heicavifmif1heic")), "image/heic");
  EXPECT_EQ(type_of(branded("crx ", "crx isom")), "image/x-canon-cr3");
}

TEST(Recognition, KnowsFilmsAndSoundsInBoxes) {
  for (const std::string& major :
       {"isom"s, "iso2"s, "iso6"s, "mp41"s, "mp42"s, "avc1"s, "M4A "s, "M4B "s, "M4V "s, "dash"s}) {
    EXPECT_EQ(type_of(branded(major, "")), "video/mp4") << major;
    EXPECT_EQ(type_of(branded("XXXX", major)), "video/mp4") << major;
  }
  EXPECT_EQ(type_of(branded("qt  ", "qt  ")), "video/quicktime");
  EXPECT_EQ(type_of(branded("qt  ", "qt  mp42")), "video/mp4");
  EXPECT_EQ(type_of(branded("3gp4", "3gp4")), "video/3gpp");
  EXPECT_EQ(type_of(branded("3gp4", "isom3gp4")), "video/mp4");
  EXPECT_EQ(type_of(branded("XXXX", "YYYY")), kUnknownType);
}

TEST(Recognition, ReadsBoxesByTheirLengths) {
  const std::string film = branded("isom", "mp41");
  for (const std::string& before :
       {box("free", ""), box("wide", ""), box("skip", "12345"), box("uuid", std::string(500, 'u')),
        box("free", std::string(9'000, '\0')) + box("free", "x")}) {
    EXPECT_EQ(type_of(before + film), "video/mp4");
  }
  EXPECT_EQ(type_of(box("mdat", "x") + film), "video/quicktime");
  EXPECT_EQ(type_of("\0\0\0\1ftyp\0\0\0\0\0\0\0\x18isom\0\0\0\0"s + std::string(64, '\0')),
            "video/mp4");
  EXPECT_EQ(type_of("\0\0\0\0ftypisom\0\0\0\0mp41"s), "video/mp4");
  EXPECT_EQ(type_of("\0\0\0\x13"
                    "ftypisom\0\0\0\0mp4"s),
            kUnknownType);
  EXPECT_EQ(type_of("\0\0\0\7ftypisom\0\0\0\0mp41"s), kUnknownType);
  EXPECT_EQ(type_of("\0\0\0\1ftyp\xff\xff\xff\xff\xff\xff\xff\xffisom\0\0\0\0"s), "video/mp4");
  EXPECT_EQ(type_of(of_numbers(20'000) + "ftypXXXX\0\0\0\0"s + std::string(16'000, 'x') + "isom"),
            "video/mp4");
}

TEST(Recognition, KnowsPdfByAHeaderInTheFirst1024Bytes) {
  EXPECT_EQ(type_of("%PDF-1.7\n%"), "application/pdf");
  EXPECT_EQ(type_of("\n%PDF-1.7\n%"), "application/pdf");
  EXPECT_EQ(type_of("\xef\xbb\xbf%PDF-2.0\n"), "application/pdf");
  EXPECT_EQ(type_of("\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n%PDF-1.4\r"), "application/pdf");
  EXPECT_EQ(type_of(std::string(1'019, 'x') + "%PDF-1.4"), "application/pdf");
  EXPECT_EQ(type_of(std::string(1'020, 'x') + "%PDF-1.4"), kUnknownType);
  EXPECT_EQ(type_of("%PDF- and more words, %PDF-1.4"), "application/pdf");
  EXPECT_EQ(type_of("%!PS-Adobe-3.0 PDF-1.4\n"), "application/pdf");
  EXPECT_EQ(type_of("%!PS-Adobe-3.0 EPSF-3.0\n PDF-1.4"), "application/postscript");
  EXPECT_EQ(type_of("%PDF-x"), kUnknownType);
  EXPECT_EQ(type_of("<html>%PDF-1.4</html>"), "text/html");
  EXPECT_EQ(type_of("PK\3\4%PDF-1.4"), "application/zip");
}

TEST(Recognition, KnowsMpegAudioByItsFrames) {
  EXPECT_EQ(type_of(frames(2)), "audio/mpeg");
  EXPECT_EQ(type_of("\xff\xfb\x90\x64"s + std::string(600, '\0')), kUnknownType);
  EXPECT_EQ(type_of(frames(1) + "\xff\xfb\x94\x64"s), kUnknownType);  // another sample rate
  EXPECT_EQ(type_of(frames(1)), kUnknownType);
  // Layer II, 192 kbit/s, 48 kHz; version 2, layer III, 64 kbit/s, 22.05 kHz.
  EXPECT_EQ(type_of("\xff\xfd\xa4\x04" + std::string(572, 'x') + "\xff\xfd\xa4\x04"), "audio/mpeg");
  EXPECT_EQ(type_of("\xff\xf3\x80\x04" + std::string(204, 'x') + "\xff\xf3\x80\x04"), "audio/mpeg");
  // Layer I, 384 kbit/s, 48 kHz.
  EXPECT_EQ(type_of("\xff\xff\xc4\x04" + std::string(380, 'x') + "\xff\xff\xc4\x04"), "audio/mpeg");
}

TEST(Recognition, FindsMpegAudioBehindWhatIsNoSound) {
  EXPECT_EQ(type_of(std::string(417, '\0') + frames(6)), "audio/mpeg");
  EXPECT_EQ(type_of(std::string(5'000, '\0') + frames(3)), "audio/mpeg");
  EXPECT_EQ(type_of(frames(1).substr(100) + frames(5)), "audio/mpeg");
  EXPECT_EQ(type_of(std::string(417, '\0') + frames(2)), kUnknownType);
  EXPECT_EQ(type_of(std::string(417, '\0') + frames(3) + "TAG" + std::string(125, '\0')),
            "audio/mpeg");
  EXPECT_EQ(type_of(std::string(417, '\0') + frames(4).substr(0, 1'300)), "audio/mpeg");
  EXPECT_EQ(type_of(std::string(417, '\0') + frames(4) + std::string(500, 'x')), kUnknownType);
  EXPECT_EQ(type_of("PK\3\4"s + frames(6)), "application/zip");
  EXPECT_EQ(type_of(std::string(257, 'x') + "ustar\0"s + frames(6)), "application/x-tar");
  EXPECT_EQ(type_of("<script>" + frames(6)), "text/html");
}

TEST(Recognition, PassesOverTagsBeforeTheSound) {
  for (const std::string& tags :
       {id3(20), id3(300), id3(2'000'000), id3(100) + id3(70'000), id3(9, 2),
        id3(100, 4, 0x10) + std::string("3DI\4\0\x10\0\0\0\x64", 10),
        id3(40'000, 4, 0x10) + std::string(10, 'f'), id3(100, 3, static_cast<char>(0x80)),
        id3(100, 3, 0x40),
        "APETAGEX\xd0\7\0\0\x10\0\0\0\1\0\0\0\0\0\0\xa0\0\0\0\0\0\0\0\0"s + std::string(16, 'a'),
        id3(500) + std::string(64, '\0')}) {
    EXPECT_EQ(type_of(tags + frames(4)), "audio/mpeg") << tags.size();
    for (const std::size_t piece : {1U, 7U, 4'096U}) {
      EXPECT_EQ(type_of(tags.substr(0, 100'000) == tags ? tags + frames(4) : frames(4), piece),
                "audio/mpeg");
    }
  }
  EXPECT_EQ(type_of(flac()), "audio/flac");
  EXPECT_EQ(type_of(id3(300'000) + flac()), "audio/flac");
  EXPECT_EQ(type_of(id3(100) + flac()), "audio/flac");
  EXPECT_EQ(type_of("fLaC\0\0\0\x10"s + std::string(100, 'x')), kUnknownType);
}

TEST(Recognition, WantsASoundBehindATagThatEnds) {
  EXPECT_EQ(type_of(id3(1'000)), kUnknownType);
  EXPECT_EQ(type_of(id3(1'000) + std::string(5'000, 'x')), kUnknownType);
  EXPECT_EQ(type_of(id3(30'000) + "<script>alert(1)</script>"), kUnknownType);
  const std::string rest(4'096, '\0');
  EXPECT_EQ(type_of("ID3\x03\0\0\0\x08\x60\0TIT2"s + rest), "audio/mpeg");   // goes on in part 2
  for (const std::string& other : {"ID3\x03\0\0\0\x88\x60\0TIT2"s + rest,    // no length
                                   "ID3\x05\0\0\0\x08\x60\0TIT2"s + rest,    // no version
                                   "ID3\x03\0\x01\0\x08\x60\0TIT2"s + rest,  // no flags
                                   "ID3\x03\0\0\0\x08\x60\0<scr"s + rest,    // no frame
                                   "ID3\x03\0\0\0\x08\x60\0TI"s, "ID3"s}) {
    EXPECT_EQ(type_of(other), kUnknownType) << other.substr(0, 14);
  }
}

TEST(Recognition, TellsAacFromMpegAudio) {
  const std::string frame = "\xff\xf1\x50\x80\x02\x1f\xfc" + std::string(9, 'x');
  EXPECT_EQ(type_of(frame + frame), "audio/aac");
  EXPECT_EQ(type_of(id3(100) + frame + frame), "audio/aac");
}

TEST(Recognition, LooksAtEveryStreamOfAnOggFile) {
  const std::string skeleton = ogg_page("fishead\0\3\0\0\0"s);
  const std::string vorbis = ogg_page("\x01vorbis" + std::string(23, '\0'));
  EXPECT_EQ(type_of(vorbis), "audio/ogg");
  EXPECT_EQ(type_of(ogg_page("OpusHead\1\2")), "audio/ogg");
  EXPECT_EQ(type_of(ogg_page("\x7f"
                             "FLAC\1\0\0\2"s)),
            "audio/ogg");
  EXPECT_EQ(type_of(ogg_page("Speex   1.2")), "audio/ogg");
  EXPECT_EQ(type_of(skeleton + vorbis), "audio/ogg");
  EXPECT_EQ(type_of(vorbis + ogg_page("\x80theora\3\2\1")), "video/ogg");
  EXPECT_EQ(type_of(skeleton + vorbis + ogg_page("BBCD\0"s)), "video/ogg");
  EXPECT_EQ(type_of(vorbis + ogg_page("\x80theora\3\2\1", 0)), "audio/ogg");
  EXPECT_EQ(type_of(skeleton), "application/ogg");
  EXPECT_EQ(type_of("OggS"), kUnknownType);
}

TEST(Recognition, ReadsTheDocTypeOfMatroskaWhereverItStands) {
  const std::string before = "\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04";
  EXPECT_EQ(type_of(ebml(before + doc_type("webm"))), "video/webm");
  EXPECT_EQ(type_of(ebml(doc_type("webm"))), "video/webm");
  EXPECT_EQ(type_of(ebml("\xec\xbc" + std::string(60, '\0') + doc_type("webm\0\0"s))),
            "video/webm");
  EXPECT_EQ(type_of("\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x0b"s + doc_type("matroska")),
            "video/x-matroska");
  EXPECT_EQ(type_of(ebml(before) + doc_type("webm")), kUnknownType);
  EXPECT_EQ(type_of(ebml("\xec\x87" + doc_type("webm"))), kUnknownType);  // in what is void
}

TEST(Recognition, KnowsWaveInAllItsForms) {
  EXPECT_EQ(type_of("RIFF\x24\0\0\0WAVEfmt "s), "audio/wav");
  EXPECT_EQ(type_of("RIFF\x24\0\0\0WAVEJUNK"s), "audio/wav");
  EXPECT_EQ(type_of("RF64\xff\xff\xff\xffWAVEds64"s), "audio/wav");
  EXPECT_EQ(type_of("BW64\xff\xff\xff\xffWAVEds64"s), "audio/wav");
  EXPECT_EQ(type_of("RIFF\x24\0\0\0AVI LIST"s), "video/x-msvideo");
}

TEST(Recognition, TellsWhatIsNotAllowedFromWhatItPretendsToBe) {
  for (const std::string& content :
       {""s,
        "\x7f"
        "ELF\x02\x01\x01"s,
        "<!DOCTYPE html><script>alert(1)</script>"s, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"s,
        " \n<?xml version=\"1.0\"?><svg/>"s, "#!/bin/sh\nrm -rf /\n"s, "MZ\x90"s, "PK\x03\x04"s,
        "just words"s, "\x1f\x8b\x08"s}) {
    EXPECT_EQ(find_media_type(type_of(content)), nullptr) << content;
  }
}

TEST(Recognition, FindsNothingInNoise) {
  std::mt19937 random(7);
  std::string noise(kMediaHeadBytes, '\0');
  for (int round = 0; round < 500; ++round) {
    for (char& c : noise) c = static_cast<char>(random());
    EXPECT_EQ(find_media_type(type_of(noise, noise.size())), nullptr) << "round " << round;
  }
}

TEST(MediaHead, KeepsTheBeginningAndLeavesTagsOut) {
  MediaHead plain;
  plain.add(std::string(kMediaHeadBytes + 5, 'x'));
  EXPECT_EQ(std::move(plain).take(), std::string(kMediaHeadBytes, 'x'));
  MediaHead tagged;
  tagged.add(id3(1'000'000) + "sound");
  EXPECT_EQ(std::move(tagged).take(), "ID3\3\0\0\0\0\0\x10TIT2"s + std::string(12, '\0') + "sound");
}

}  // namespace
}  // namespace vigie::domain
