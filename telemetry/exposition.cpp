#include "telemetry/exposition.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "telemetry/collection.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kNumberBytesMax = 32;

void append_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
    return;
  }
  if (std::isinf(number)) {
    out += number > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, kNumberBytesMax> text;
  out.append(text.data(), std::to_chars(text.begin(), text.end(), number).ptr);
}

void append_count(std::string& out, std::uint64_t count) {
  std::array<char, kNumberBytesMax> text;
  out.append(text.data(), std::to_chars(text.begin(), text.end(), count).ptr);
}

// OpenMetrics wants bounds that are recognisably floats.
void append_bound(std::string& out, double bound) {
  const std::size_t start = out.size();
  append_number(out, bound);
  if (out.find_first_not_of("0123456789", start) == std::string::npos) out += ".0";
}

// Seconds with nanoseconds, exactly: a double has no room for both.
void append_seconds(std::string& out, std::uint64_t ns) {
  append_count(out, ns / 1'000'000'000U);
  std::string fraction = std::to_string(ns % 1'000'000'000U);
  out.append(1, '.').append(9 - fraction.size(), '0').append(fraction);
}

void append_escaped(std::string& out, std::string_view text, bool is_quoted) {
  for (char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && is_quoted) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=\"");
  append_escaped(out, value, true);
  out += '"';
}

// Writes one family after the other in one of the formats.
class Writer {
 public:
  Writer(const Collection& collection, Format format)
      : collection_(collection), is_open_metrics_(format == Format::kOpenMetrics) {}

  std::string write() {
    for (const MetricFamily& family : collection_.families) write_family(family);
    if (is_open_metrics_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  void write_family(const MetricFamily& family) {
    write_header(family);
    for (const ClientMetric& series : family.metric) {
      switch (family.type) {
        case MetricType::Counter:
          write_sample(family.name, series, series.counter.value);
          break;
        case MetricType::Histogram:
          write_histogram(family.name, series);
          break;
        default:
          write_sample(family.name, series, series.gauge.value);
      }
    }
  }

  void write_header(const MetricFamily& family) {
    // In OpenMetrics a counter's family has no suffix; its sample has.
    std::string_view name = family.name;
    const bool is_counter = family.type == MetricType::Counter;
    if (is_open_metrics_ && is_counter && name.ends_with("_total")) name.remove_suffix(6);
    out_.append("# HELP ").append(name).append(1, ' ');
    append_escaped(out_, family.help, is_open_metrics_);
    const bool is_histogram = family.type == MetricType::Histogram;
    const std::string_view type = is_counter ? "counter" : is_histogram ? "histogram" : "gauge";
    out_.append("\n# TYPE ").append(name).append(1, ' ').append(type).append(1, '\n');
    const std::string_view unit = collection_.units.at(family.name);
    if (is_open_metrics_ && !unit.empty()) {
      out_.append("# UNIT ").append(name).append(1, ' ').append(unit).append(1, '\n');
    }
  }

  // Labels go between braces, which are left out when there are none.
  void write_labels(const ClientMetric& series) {
    char separator = '{';
    for (const ClientMetric::Label& label : series.label) {
      out_ += separator;
      append_label(out_, label.name, label.value);
      separator = ',';
    }
    if (separator == ',') out_ += '}';
  }

  void write_sample(std::string_view name, const ClientMetric& series, double value) {
    out_ += name;
    write_labels(series);
    out_ += ' ';
    append_number(out_, value);
    out_ += '\n';
  }

  void write_histogram(std::string_view name, const ClientMetric& series) {
    const auto found = collection_.exemplars.find(series_key(name, series.label));
    const auto* exemplars = found == collection_.exemplars.end() ? nullptr : &found->second;
    for (std::size_t i = 0; i < series.histogram.bucket.size(); ++i) {
      write_bucket(name, series, i);
      if (is_open_metrics_ && exemplars != nullptr && (*exemplars)[i]) {
        write_exemplar(*(*exemplars)[i]);
      }
      out_ += '\n';
    }
    write_sample(std::string(name) + "_sum", series, series.histogram.sample_sum);
    write_sample(std::string(name) + "_count", series,
                 static_cast<double>(series.histogram.sample_count));
  }

  void write_bucket(std::string_view name, const ClientMetric& series, std::size_t i) {
    const ClientMetric::Bucket& bucket = series.histogram.bucket[i];
    out_.append(name).append("_bucket{");
    for (const ClientMetric::Label& label : series.label) {
      append_label(out_, label.name, label.value);
      out_ += ',';
    }
    out_ += "le=\"";
    append_bound(out_, bucket.upper_bound);
    out_ += "\"} ";
    append_count(out_, bucket.cumulative_count);
  }

  void write_exemplar(const Exemplar& exemplar) {
    out_.append(" # {trace_id=\"").append(exemplar.trace_id.to_hex());
    out_.append("\",span_id=\"").append(exemplar.span_id.to_hex()).append("\"} ");
    append_number(out_, exemplar.value);
    out_ += ' ';
    append_seconds(out_, exemplar.utc_ns);
  }

  const Collection& collection_;
  bool is_open_metrics_;
  std::string out_;
};

}  // namespace

std::string exposition(const Metrics& metrics, Format format) {
  const Collection collection = metrics.collect();
  return Writer(collection, format).write();
}

}  // namespace vigie::telemetry
