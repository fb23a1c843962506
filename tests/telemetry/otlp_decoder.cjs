// Reads an ExportTraceServiceRequest on standard input with OpenTelemetry's own JavaScript code, prints it as JSON.
// usage: node otlp_decoder.cjs DIRECTORY_OF_OTLP_TRANSFORMER
const fs = require("fs");
const path = require("path");

const root = require(path.join(process.argv[2], "build/src/generated/root.js"));
const request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const message = request.decode(fs.readFileSync(0));
console.log(JSON.stringify(request.toObject(message, { longs: String, bytes: String, enums: String })));
