// Reads an export request on standard input with OpenTelemetry's own JavaScript code, prints it as JSON.
// usage: node otlp_decoder.cjs DIRECTORY_OF_OTLP_TRANSFORMER trace|logs
const fs = require("fs");
const path = require("path");

const root = require(path.join(process.argv[2], "build/src/generated/root.js"));
const collector = root.opentelemetry.proto.collector;
const request =
  process.argv[3] === "logs" ? collector.logs.v1.ExportLogsServiceRequest : collector.trace.v1.ExportTraceServiceRequest;
const message = request.decode(fs.readFileSync(0));
console.log(JSON.stringify(request.toObject(message, { longs: String, bytes: String, enums: String })));
