# syntax=docker/dockerfile:1

#   docker build -t doorlist .
#   docker run -p 8080:8080 -v doorlist:/data -e DOORLIST_PUBLIC_URL=https://doors.example.org doorlist
#
# DOORLIST_PUBLIC_URL is the address in people's browsers. The image cannot know it, so it has to be given.

FROM rust:1.95-slim-trixie AS build
# TLS to PostgreSQL needs OpenSSL's headers; everything else builds from source.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    cargo build --locked --release --features postgres-tls

FROM debian:trixie-slim
# The certificates let sslmode=verify-full with sslrootcert=system check a PostgreSQL server.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3t64 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 doorlist \
    && useradd --uid 10001 --gid doorlist --no-create-home --home-dir /data --shell /usr/sbin/nologin doorlist \
    && install -d -o doorlist -g doorlist -m 0700 /data
COPY --from=build /src/target/release/doorlist /usr/local/bin/doorlist

# The C library gives each thread memory of its own to divide up, and after a rush keeps all of it; two such parts do. The
# tunables have it ask the kernel for huge pages for what is as large as the memory that a password is hashed in, and give that
# back when nobody signs in; in Debian 12 it asked or did not ask by chance. What a page took is kept for the next one.
ENV DATABASE_URL=sqlite:/data/doorlist.db \
    DOORLIST_LISTEN=0.0.0.0:8080 \
    MALLOC_ARENA_MAX=2 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=2097152
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
# After the folder got its owner: a new volume takes owner and mode from it.
VOLUME /data
EXPOSE 8080

# bash opens the connection itself, so the image needs no HTTP client.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["doorlist"]
