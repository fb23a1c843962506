# The image of Vigie, and of what compose.yaml runs beside it. Built from a clean checkout:
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" --build-arg VERSION=0.1.0 -t vigie:0.1.0 .
FROM debian:12.11-slim AS build
WORKDIR /src
# The package list changes less often than the code: a layer of its own.
COPY scripts/install_packages.sh scripts/packages.txt scripts/
RUN scripts/install_packages.sh build && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY cmake cmake
COPY telemetry telemetry
COPY server server
COPY alerts/objectives.json alerts/objectives.json
COPY scripts/build.sh scripts/check_hardening.py scripts/
ARG REVISION=unknown
RUN VIGIE_REVISION=$REVISION scripts/build.sh release vigie \
    && scripts/check_hardening.py build/release/server/vigie build/release/server/vigie-preview \
    && strip build/release/server/vigie build/release/server/vigie-preview

FROM debian:12.11-slim AS pager
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-markdown-it && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10002 --no-create-home --shell /usr/sbin/nologin pager
WORKDIR /opt/vigie
COPY scripts/pager.py scripts/external_links.py scripts/
COPY scripts/paging scripts/paging
COPY docs/commands.md docs/commands.md
COPY docs/runbooks docs/runbooks
COPY grafana/dashboards grafana/dashboards
USER 10002:10002
EXPOSE 9099
ENTRYPOINT ["/usr/bin/python3", "-u", "scripts/pager.py"]

FROM debian:12.11-slim AS load
RUN apt-get update && apt-get install -y --no-install-recommends wrk && apt-get clean && rm -rf /var/lib/apt/lists/*
USER 10003:10003
ENTRYPOINT ["wrk"]

FROM debian:12.11-slim AS vigie
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Vigie" \
      org.opencontainers.image.description="An API for events whose telemetry is as tested as its code" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/debian:12.11-slim"
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates libargon2-1 libboost-context1.74.0 libcurl4 libicu72 libpistache0 libpq5 libprometheus-cpp-core1.0 \
      libseccomp2 libssl3 libstdc++6 libvips42 postgresql-client-15 tzdata zlib1g \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin vigie
COPY deploy/vigie/entrypoint.sh deploy/vigie/rotate_logs.sh /usr/local/bin/
COPY --from=build /src/build/release/server/vigie /src/build/release/server/vigie-preview /usr/local/bin/
COPY LICENSE /usr/share/doc/vigie/LICENSE
USER 10001:10001
EXPOSE 8080 9464
# Alive, not ready: whoever restarts a replica because the database is away makes it worse.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/9464 && printf 'GET /livez HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["entrypoint.sh"]
CMD ["serve"]
